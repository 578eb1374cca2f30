// Reading from the database, whichever connection it takes.
#pragma once

#include "auth/context.h"
#include "db/pool.h"

namespace tokctl::auth {

// Runs `work(db::Handle&)`, which only reads, and returns its result. When the connection turns out
// to be dead, `work` is run again from its beginning on another.
template <typename Work>
auto read(Context& context, Work&& work) {
  for (db::Retry retry = context.pool.retry();;) {
    try {
      const auto db = context.pool.borrow();
      return work(*db);
    } catch (const db::DbError& error) {
      if (!retry.again(error)) throw;
    }
  }
}

}  // namespace tokctl::auth
