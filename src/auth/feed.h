// The audit log as the feed of invalidations.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "auth/context.h"
#include "cache/levels.h"
#include "db/pool.h"
#include "model/event.h"

namespace tokctl::auth {

// What an event ends, as far as caches are concerned. One of a type that is not known here may end
// anything.
cache::Word word_of(const Event& event);

// Reads new events and has the caches drop what they name. Used by one thread.
class Feed {
 public:
  Feed(Context& context, cache::Levels& levels) : context_(context), levels_(levels) {}

  // Reads the log to its end. At first, reads back as far as a cached verdict can be old. When the
  // log is not the one read last (a restored database, a fail-over), everything cached goes. Throws
  // what the database throws; the caches then go unused until it answers.
  void poll();

 private:
  void read(db::Handle& db);
  void begin(db::Handle& db);
  bool advance(db::Handle& db);
  void remove_shared(db::Handle& db, const std::vector<cache::Word>& words);

  Context& context_;
  cache::Levels& levels_;
  // Its own connection, which never writes, since change counters count what others do.
  std::optional<db::Pool::Lease> lease_;
  std::int64_t counter_ = 0;
  bool begun_ = false;
};

}  // namespace tokctl::auth
