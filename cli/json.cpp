#include "cli/json.h"

#include <fmt/core.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/time_text.h"

namespace tokctl::cli {
namespace {

// Deep nesting would exhaust the stack of whoever prints it; no event that tokctl writes comes
// near.
constexpr std::size_t kNestedMax = 8192;

std::string nested(const std::string& text) {
  if (text.size() <= kNestedMax) {
    const auto parsed = nlohmann::ordered_json::parse(text, nullptr, false);
    if (parsed.is_object()) {
      return parsed.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
    }
  }
  return json_string(text);
}

struct Printer {
  std::string operator()(std::monostate) const { return "null"; }
  std::string operator()(Omitted) const { return "null"; }
  std::string operator()(const std::string& text) const { return json_string(text); }
  std::string operator()(std::int64_t number) const { return fmt::format("{}", number); }
  std::string operator()(bool flag) const { return flag ? "true" : "false"; }
  std::string operator()(Time time) const { return json_string(format_rfc3339(time)); }
  std::string operator()(const JsonText& json) const { return nested(json.text); }
  std::string operator()(const SecretString* secret) const { return json_string(secret->reveal()); }
  std::string operator()(const std::vector<std::string>& list) const {
    std::string text = "[";
    for (const std::string& item : list) text += (text.size() > 1 ? "," : "") + json_string(item);
    return text + "]";
  }
};

}  // namespace

std::string json_string(std::string_view text) {
  const bool plain = std::all_of(text.begin(), text.end(), [](char c) {
    return c >= ' ' && c <= '~' && c != '"' && c != '\\';
  });
  if (plain) return fmt::format("\"{}\"", text);
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string json_object(const std::vector<Column>& columns, const Row& row) {
  std::string text = "{";
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const Column& column = columns[i];
    if (std::holds_alternative<Omitted>(row[i])) continue;
    if (text.size() > 1) text += ',';
    text += fmt::format("\"{}\":", column.name);
    text += std::visit(Printer(), row[i]);
    if (column.is_time) {
      const auto* time = std::get_if<Time>(&row[i]);
      text += fmt::format(",\"{}_unix\":", column.name);
      text += time != nullptr ? fmt::format("{}", to_unix(*time)) : "null";
    }
  }
  return text + "}";
}

std::string error_json(const Error& error, int exit) {
  return fmt::format(R"({{"error":{{"code":{},"message":{},"hint":{},"exit":{}}}}})",
                     json_string(error.id()), json_string(error.message()),
                     error.hint().empty() ? "null" : json_string(error.hint()), exit);
}

}  // namespace tokctl::cli
