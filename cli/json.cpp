#include "cli/json.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <utility>

#include "base/json.h"
#include "base/time_text.h"

namespace tokctl::cli {
namespace {

// Deep nesting would exhaust the stack of whoever prints it; no event that tokctl writes comes
// near.
constexpr std::size_t kNestedMax = 8192;

void append_nested(std::string& out, const std::string& text) {
  if (text.size() <= kNestedMax) {
    const auto parsed = nlohmann::ordered_json::parse(text, nullptr, false);
    if (parsed.is_object()) {
      out += parsed.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
      return;
    }
  }
  append_json_string(out, text);
}

struct Printer {
  std::string& out;

  void operator()(std::monostate) const { out += "null"; }
  void operator()(Omitted) const { out += "null"; }
  void operator()(const std::string& text) const { append_json_string(out, text); }
  void operator()(std::int64_t number) const { out += fmt::format_int(number).c_str(); }
  void operator()(bool flag) const { out += flag ? "true" : "false"; }
  void operator()(Time time) const { append_json_string(out, format_rfc3339(time)); }
  void operator()(const JsonText& json) const { append_nested(out, json.text); }
  void operator()(const SecretString* secret) const { append_json_string(out, secret->reveal()); }
  void operator()(const std::vector<std::string>& list) const { append_json_strings(out, list); }
};

}  // namespace

std::string json_string(std::string_view text) {
  std::string out;
  append_json_string(out, text);
  return out;
}

void append_json_object(std::string& out, const std::vector<Column>& columns, const Shown& values) {
  char separator = '{';
  const auto name = [&](const std::string& column, std::string_view suffix) {
    out += std::exchange(separator, ',');
    out += '"';
    out += column;
    out += suffix;
    out += "\":";
  };
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const Value& value = *values[i];
    if (std::holds_alternative<Omitted>(value)) continue;
    name(columns[i].name, "");
    std::visit(Printer{out}, value);
    if (columns[i].is_time) {
      const auto* time = std::get_if<Time>(&value);
      name(columns[i].name, "_unix");
      out += time != nullptr ? fmt::format_int(to_unix(*time)).c_str() : "null";
    }
  }
  out += separator == '{' ? "{}" : "}";
}

std::string error_json(const Error& error, int exit) {
  return fmt::format(R"({{"error":{{"code":{},"message":{},"hint":{},"exit":{}}}}})",
                     json_string(error.id()), json_string(error.message()),
                     error.hint().empty() ? "null" : json_string(error.hint()), exit);
}

}  // namespace tokctl::cli
