// A verdict that may be given again, and how long.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>

#include "base/clock.h"
#include "base/secret.h"
#include "model/token.h"

namespace tokctl::cache {

// A point of the audit log: the last event that had been applied before a row was read, or before a
// cache was asked.
struct Point {
  std::int64_t seq = 0;   // 0: before the first event
  std::uint64_t mac = 0;  // the first 8 bytes of that event's mac: tells one history from another
  friend bool operator==(const Point&, const Point&) = default;
};

// What was found valid. Immutable but for the time of last use; shared between threads.
struct Entry {
  Principal principal;
  // Beside the principal's times, for a hit looks at these and no more.
  std::optional<Seconds> idle;                // how long it may go unused; nothing: for ever
  std::optional<Time> used;                   // the last use that the database knew of
  std::int64_t lookup = 0;                    // where it does: the key of an API token's row
  mutable std::atomic<std::int64_t> seen{0};  // uses in this process since, in Unix seconds

  Point read_at;  // the feed's point before its row was read

  // Whether it is still a verdict at `now`: neither expired nor idle for too long. When not, the
  // database may know better (it was used elsewhere), so that is a miss.
  bool stands(Time now) const {
    if (principal.expires_at && now >= *principal.expires_at) return false;
    if (!idle) return true;
    const Time seen_at = from_unix(seen.load(std::memory_order_relaxed));
    return now < moved(std::max(used.value_or(principal.issued_at), seen_at), *idle);
  }
};
using EntryPtr = std::shared_ptr<const Entry>;

// A key of JWTs, or the set of those that are published, as JSON.
struct KeyText {
  Point read_at;
  SecretString json;
};

}  // namespace tokctl::cache
