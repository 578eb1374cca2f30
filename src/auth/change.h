// A change of the data together with its events: both are committed, or neither.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "auth/context.h"
#include "db/pool.h"
#include "model/event.h"

namespace tokctl::auth {

// What an event says beyond its type and ids. Never a secret.
using DetailValue = std::variant<bool, std::int64_t, std::string_view>;
using Detail = std::initializer_list<std::pair<std::string_view, DetailValue>>;

// A write transaction that cannot forget the audit log: without an event it is rolled back, so a
// change that nobody recorded does not happen. On a dry run it is rolled back always.
class Change {
 public:
  explicit Change(Context& context);

  db::Handle& db() { return *lease_; }
  Time now() const { return now_; }
  // The id of the root key that new rows are made under. Throws Error(kIntegrity, "key.missing")
  // when this process does not hold it.
  const std::string& active_key();

  // `type` is "noun.deed"; `public_id` the user concerned; `subject` the object's id; each may be
  // empty but the type. What an event of a new type ends has to be said in feed.cpp; until then it
  // ends everything that is cached.
  void record(std::string_view type, std::string_view public_id, std::string_view subject,
              Detail detail = {});
  // For the counting of a failed login and the time of last use, which by design leave no event: an
  // attacker must not be able to fill the log. And for what lasts no longer than a call.
  void commit_without_event() { quiet_ = true; }

  void commit();

 private:
  void require_key_in_use();

  Context& context_;
  db::Pool::Lease lease_;
  db::Transaction transaction_;
  const Time now_;
  std::string active_key_;
  std::vector<Event> events_;
  bool quiet_ = false;
};

// Runs `work(Change&)` as one transaction and returns its result. What `work` throws rolls back.
//
// When the transaction surely came to nothing (a deadlock, a connection that died before the
// commit), it is run again from its beginning, so `work` leaves no trace outside it: what it makes
// is in its result, and what it assigns to it assigns anew each time.
template <typename Work>
auto write(Context& context, Work&& work) {
  for (db::Retry retry = context.pool.retry();;) {
    try {
      Change change(context);
      auto result = work(change);
      change.commit();
      return result;
    } catch (const db::DbError& error) {
      if (!retry.again(error)) throw;
    }
  }
}

}  // namespace tokctl::auth
