// When work on a database may be done again, and how long to wait before.
#pragma once

#include <chrono>

#include "db/connection.h"

namespace tokctl::db {

// Naps that grow up to a quarter of a second and end at a deadline. Their length is random, so that
// those who collided once do not meet again.
class Backoff {
 public:
  using Clock = std::chrono::steady_clock;
  explicit Backoff(Clock::time_point deadline);

  // Naps; false, at once, when the deadline has passed.
  bool nap();

 private:
  const Clock::time_point deadline_;
  std::chrono::milliseconds longest_{5};
};

// The id of the error that leaves open whether a change was made.
inline constexpr const char* kCommitUnknown = "db.commit_unknown";

// To be thrown by work that looked for a row, found none to lock, and on making it met one that
// somebody else had made meanwhile: it has to look again.
[[noreturn]] void throw_overtaken();

// Runs such an `insert()`: that the row is there means having been overtaken.
template <typename Insert>
void insert_unless_overtaken(Insert&& insert) {
  try {
    insert();
  } catch (const DbError& error) {
    if (error.trouble() == Trouble::kUnique) throw_overtaken();
    throw;
  }
}

// Judges failures of work that is a transaction, or only reads, and that has no effects beside.
// Such work is done again when nothing of it was kept: two transactions collided, or a server went
// away before it was told to commit.
class Retry {
 public:
  static constexpr int kTriesMax = 10;

  // `server`: whether another connection may find what this one has lost. A file that is gone stays
  // so.
  Retry(std::chrono::milliseconds timeout, bool server);

  // After a try that ended with `error`: naps and says yes, or no when it must not or need not be
  // tried again, was tried too often, or the timeout has passed since the first try began.
  bool again(const DbError& error);
  // The same for work that begins by looking whether it was done already: then nobody needs to have
  // heard of its commit.
  bool again_with_a_look(const DbError& error);

 private:
  Backoff backoff_;
  const bool server_;
  int tries_ = 0;
};

}  // namespace tokctl::db
