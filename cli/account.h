// Who is running the program, for the audit log.
#pragma once

#include <string>

namespace tokctl::cli {

// The login name of the real user, or `uid-1000` for one without; behind sudo, `root(alice)`.
std::string account_name();

}  // namespace tokctl::cli
