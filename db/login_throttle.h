// The table `login_throttle`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "db/handle.h"

namespace tokctl::db::login_throttle {

struct Entry {
  std::int64_t failures = 0;      // judged failures in a row
  Time last_failure_at;           // of the last judged one
  std::int64_t day_failures = 0;  // on the UTC day of last_failure_at
};

std::optional<Entry> find(Handle& db, std::string_view email_digest, Locking lock);
// After a `find` that locks. What it did not find is inserted, which throws DbError(kBusy) when
// somebody else has done so meanwhile; what it found is updated.
void insert(Handle& db, std::string_view email_digest, const Entry& entry);
void update(Handle& db, std::string_view email_digest, const Entry& entry);
// False when there was none.
bool remove(Handle& db, std::string_view email_digest);
// Deletes at most `limit` entries whose last failure is older than `before`; how many.
std::int64_t prune(Handle& db, Time before, std::size_t limit);

}  // namespace tokctl::db::login_throttle
