// Standard error: talk, never data.
#pragma once

#include <string_view>

#include "base/error.h"
#include "cli/globals.h"

namespace tokctl::cli {

// Writes `text` as it is. A failure is nobody's business any more.
void say(std::string_view text) noexcept;

// The exit code of an error: the one place that knows.
int exit_code(Code code);

// Two lines for a person, one JSON object for a program that asked for JSON.
void report(const Error& error, bool json, Color color);

}  // namespace tokctl::cli
