// Rows as JSON: snake_case, times as RFC 3339 with Unix seconds beside, absent is null.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "cli/record.h"

namespace tokctl::cli {

// The values that are shown of a row, one for each column.
using Shown = std::vector<const Value*>;

// Appends an object with a member for each column; a time column `x` gives `x` and `x_unix`.
void append_json_object(std::string& out, const std::vector<Column>& columns, const Shown& values);

// As append_json_string.
std::string json_string(std::string_view text);

// {"error":{"code":…,"message":…,"hint":…,"exit":…}}
std::string error_json(const Error& error, int exit);

}  // namespace tokctl::cli
