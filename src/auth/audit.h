// The audit log: reading it and proving it whole.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "auth/sessions.h"
#include "model/event.h"
#include "model/page.h"
#include "model/user.h"

namespace tokctl::auth {

struct Context;

struct EventQuery {
  std::optional<UserRef> user;  // also one deleted, by PublicID
  std::string type;
  std::optional<Time> since, until;
  bool descending = true;   // the newest first
  std::size_t limit = 100;  // 1..kPageMax
  std::string page_token;
};

// A point of the chain, as `audit verify --expect` takes it.
struct ChainPoint {
  std::int64_t seq = 0;
  std::string mac;  // hex
};
// `SEQ:MAC`. Throws Error(kUsage, "audit.point").
ChainPoint parse_chain_point(std::string_view text);

struct ChainReport {
  std::int64_t first = 0;    // seq of the first event kept; 0: none
  std::int64_t checked = 0;  // events whose mac held
  ChainPoint head;
};

// Thread-safe.
class Audit {
 public:
  explicit Audit(Context& context) : context_(context) {}

  Page<Event> list(const EventQuery& query);

  // Recomputes the whole chain. Throws Error(kIntegrity, "audit.broken") naming the first event
  // that does not hold, the anchor or the head; with `expect`, also when the chain does not contain
  // that point (it was cut off or replaced).
  ChainReport verify(const std::optional<ChainPoint>& expect = {}, const Progress& progress = {});

  // Deletes events older than `before`, in batches, each leaving an anchor and an event; how many.
  std::int64_t prune(Time before, const Progress& progress = {});

 private:
  Context& context_;
};

}  // namespace tokctl::auth
