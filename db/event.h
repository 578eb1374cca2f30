// The tables `events` and `event_head`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "db/handle.h"
#include "model/event.h"
#include "model/page.h"

namespace tokctl::db::events {

// The end of the chain and the anchor where it begins.
struct Head {
  std::int64_t seq = 0;         // of the last event; 0: none yet
  std::string mac;              // of the last event, hex; empty: none yet
  std::int64_t anchor_seq = 0;  // of the last pruned event; 0: none pruned
  std::string anchor_mac;
  std::string anchor_key_id;
  std::string anchor_proof;  // hex; proves seq and mac of the anchor
};
Head head(Handle& db, Locking lock);
void set_head(Handle& db, const Head& head);

void insert(Handle& db, const Event& event);

struct Query {
  std::string public_id;  // empty: about anybody
  std::string type;       // empty: any
  std::optional<Time> since, until;
  bool descending = false;
  std::size_t limit = kPageMax;
};
// In order of seq, beyond `after` (0: from the start, or the end when descending).
std::vector<Event> list(Handle& db, const Query& query, std::int64_t after);

// The last event older than `before` at or before `limit` events after the first; nothing if the
// first is not older.
std::optional<Event> last_before(Handle& db, Time before, std::size_t limit);
// Deletes every event up to and including `seq`; how many.
std::int64_t prune(Handle& db, std::int64_t seq);
std::int64_t count_before(Handle& db, Time before);

}  // namespace tokctl::db::events
