// The database that the content of another is written into. Internal to copying and restoring.
#pragma once

#include "db/handle.h"

namespace tokctl::auth {

// Whether there is anything in it that somebody may miss. With kRows, none of that can come until
// the transaction ends.
bool holds_data(db::Handle& db, db::Locking lock);

// Empties every table, and the mark of a copy with them.
void clear_all(db::Handle& db);

[[noreturn]] void throw_not_empty();

}  // namespace tokctl::auth
