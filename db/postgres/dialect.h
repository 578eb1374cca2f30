// What PostgreSQL adds to the shared dialect of definitions.
#pragma once

#include <string>
#include <string_view>

namespace tokctl::db::postgres {

// A definition with its text columns compared by their bytes, whatever locale the database has.
std::string by_bytes(std::string_view ddl);

}  // namespace tokctl::db::postgres
