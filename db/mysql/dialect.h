// What MySQL adds to the shared dialect of definitions.
#pragma once

#include <string>
#include <string_view>

namespace tokctl::db::mysql {

// A definition whose tables are InnoDB's and compare text by `collation`, and whose TEXT has no
// end.
std::string to_dialect(std::string_view ddl, std::string_view collation);

}  // namespace tokctl::db::mysql
