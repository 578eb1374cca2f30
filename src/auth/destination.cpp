#include "auth/destination.h"

#include <ranges>

#include "base/error.h"
#include "db/event.h"
#include "db/migrate.h"
#include "db/table.h"

namespace tokctl::auth {

bool holds_data(db::Handle& db, db::Locking lock) {
  // First, for every change moves the end of the log: while it is locked, nobody makes another.
  if (db::events::head(db, lock).seq != 0) return true;
  for (const db::Table& table : db::tables()) {
    // The end of the log is there from the beginning.
    if (table.name != "event_head" && db::TableAccess(db, table).last_key()) return true;
  }
  return false;
}

void clear_all(db::Handle& db) {
  for (const db::Table& table : std::views::reverse(db::tables())) {
    db::TableAccess(db, table).clear();
  }
  db::clear_copy_mark(db);
}

void throw_not_empty() {
  throw Error(Code::kConflict, "db.not_empty", "the database holds data already",
              "name an empty one, or give up what it holds with --replace");
}

}  // namespace tokctl::auth
