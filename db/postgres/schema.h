// Looking at a PostgreSQL database as a whole.
#pragma once

#include <string>

#include "db/connection.h"

namespace tokctl::db::postgres {

// Names and definitions of what is in the schema that new tables go to, in a canonical order and
// spelling; what an extension has brought is not looked at.
std::string describe_schema(Connection& connection);

// What is wrong with it, in tokctl's words; empty: nothing.
std::string check(Connection& connection);

}  // namespace tokctl::db::postgres
