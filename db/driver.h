// Which driver a URL asks for.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "db/connection.h"

namespace tokctl::db {

// `sqlite:` is compiled in. Another scheme comes in a module of its name, tokctl-SCHEME.so
// (`postgresql` is `postgres`), beside the program or in the folder tokctl of the libraries. Throws
// Error(kUsage, "db.url") for what is no URL and for a scheme without a driver, Error(kUnavailable,
// "db.driver_missing") when a known one is not installed, and Error(kUnavailable, "db.driver") when
// the module does not load or is of another version. The driver lives as long as the program.
const Driver& driver_for(std::string_view url);

const Driver& sqlite_driver();

// The path in `sqlite:PATH`; nothing for other URLs and for a database in memory.
std::optional<std::string> sqlite_path(std::string_view url);

}  // namespace tokctl::db
