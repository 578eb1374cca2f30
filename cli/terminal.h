// The person at the terminal, if there is one.
#pragma once

#include <string>

#include "base/secret.h"
#include "cli/globals.h"

namespace tokctl::cli {

// Whether a question would reach a person: there is a controlling terminal, and standard input or
// standard error is one too. A script whose both ends are redirected is not interrupted by
// questions.
bool somebody_is_there();

// Asks on the terminal; only y or yes is yes. Throws Error(kInterrupted) on ^C.
bool ask_yes(const std::string& question);

// Reads a line without echo. The terminal is as it was before, also after ^C, which throws
// Error(kInterrupted).
SecretString ask_secret(const std::string& prompt);

// Whether what goes to `fd` may be colored: asked for, or a terminal and NO_COLOR
// (https://no-color.org) not set.
bool use_color(Color color, int fd);

}  // namespace tokctl::cli
