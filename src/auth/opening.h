// Bringing database and root key together, when a program starts.
#pragma once

#include <memory>
#include <string>

#include "auth/context.h"
#include "auth/database.h"

namespace tokctl::auth {

// Opens what `config` names, creating what is missing if it may. See tokctl::open for what is
// thrown.
std::unique_ptr<Context> open_context(const Config& config, Clock& clock, Random& random);

// The key file that `config` means.
std::string key_file_of(const Config& config);

// Whether the database is a SQLite file that does not exist yet.
bool is_missing_file(const std::string& url);

}  // namespace tokctl::auth
