// Rows as JSON: snake_case, times as RFC 3339 with Unix seconds beside, absent is null.
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"
#include "cli/record.h"

namespace tokctl::cli {

// `"NAME":VALUE` for each column, joined by commas, in braces. A time column `x` gives `x` and
// `x_unix`.
std::string json_object(const std::vector<Column>& columns, const Row& row);

// A string with its quotes. Malformed UTF-8 becomes U+FFFD: JSON has no way to carry it.
std::string json_string(std::string_view text);

// {"error":{"code":…,"message":…,"hint":…,"exit":…}}
std::string error_json(const Error& error, int exit);

}  // namespace tokctl::cli
