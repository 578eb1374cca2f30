// Looking at a MySQL database as a whole.
#pragma once

#include <string>

#include "db/connection.h"

namespace tokctl::db::mysql {

// Names and definitions of all that is in it, in a canonical order and spelling.
std::string describe_schema(Connection& connection);

// What is wrong with it, in tokctl's words; empty: nothing.
std::string check(Connection& connection);

}  // namespace tokctl::db::mysql
