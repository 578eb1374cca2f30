// What commands print, before it has a shape: rows of typed values under a schema.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "base/secret.h"

namespace tokctl::cli {

// The text of a JSON object, shown as the object it is.
struct JsonText {
  std::string text;
};

// A field that this object does not have at all.
struct Omitted {};

// Absent (null), or a value. A secret is lent: it outlives the printing.
using Value = std::variant<std::monostate, Omitted, std::string, std::int64_t, bool, Time,
                           std::vector<std::string>, JsonText, const SecretString*>;
// Aligned with the columns of a schema; one that is shorter omits the rest.
using Row = std::vector<Value>;

inline Value to_value(std::string_view text) { return std::string(text); }
inline Value to_value(const std::optional<Time>& time) {
  return time ? Value(*time) : Value(std::monostate());
}
// Empty reads as absent.
inline Value present(std::string_view text) {
  return text.empty() ? Value(std::monostate()) : Value(std::string(text));
}

struct Column {
  std::string name;  // snake_case; a time also has NAME_unix beside it in JSON
  bool is_time = false;
  bool in_table = true;  // whether a table of many rows shows it unasked
};

struct Schema {
  std::string_view id;   // the column that -o id prints
  std::string_view raw;  // the column that -o raw prints
  std::vector<Column> columns;
};

}  // namespace tokctl::cli
