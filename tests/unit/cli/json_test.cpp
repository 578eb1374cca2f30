#include "cli/json.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <string>

namespace tokctl::cli {
namespace {

std::string printed(const Column& column, const Value& value) {
  std::string out;
  append_json_object(out, {column}, {&value});
  return out;
}

TEST_CASE("every string makes valid JSON, also what is not text") {
  CHECK(json_string("plain") == "\"plain\"");
  CHECK(json_string("\"\\\n\x1b") == R"("\"\\\n\u001b")");
  CHECK(json_string("Ünï 日本 😀") == "\"Ünï 日本 😀\"");
  CHECK(json_string("a\xff") == "\"a\xEF\xBF\xBD\"");
  for (int byte = 0; byte < 256; ++byte) {
    const std::string text = "x" + std::string(1, static_cast<char>(byte)) + "y";
    CHECK(nlohmann::json::accept(json_string(text)));
  }
}

TEST_CASE("values are typed, absent is null, omitted is not there") {
  CHECK(printed({.name = "a"}, std::string("1")) == R"({"a":"1"})");
  CHECK(printed({.name = "a"}, std::int64_t{-1}) == R"({"a":-1})");
  CHECK(printed({.name = "a"}, true) == R"({"a":true})");
  CHECK(printed({.name = "a"}, std::monostate()) == R"({"a":null})");
  CHECK(printed({.name = "a"}, Omitted()) == "{}");
  CHECK(printed({.name = "a"}, std::vector<std::string>{}) == R"({"a":[]})");
  CHECK(printed({.name = "a"}, std::vector<std::string>{"b", "c"}) == R"({"a":["b","c"]})");
}

TEST_CASE("a time has its Unix seconds beside") {
  CHECK(printed({.name = "at", .is_time = true}, from_unix(0)) ==
        R"({"at":"1970-01-01T00:00:00Z","at_unix":0})");
  CHECK(printed({.name = "at", .is_time = true}, std::monostate()) ==
        R"({"at":null,"at_unix":null})");
}

TEST_CASE("an object inside is shown as one, anything else as the text that it is") {
  const Column column{.name = "detail"};
  CHECK(printed(column, JsonText{R"({"b":1,"a":"x"})"}) == R"({"detail":{"b":1,"a":"x"}})");
  CHECK(printed(column, JsonText{"{broken"}) == R"({"detail":"{broken"})");
  CHECK(printed(column, JsonText{"[1]"}) == R"({"detail":"[1]"})");
  // Too deep to print without end of stack.
  std::string deep = R"({"a":)" + std::string(100000, '[') + std::string(100000, ']') + "}";
  CHECK(nlohmann::json::accept(printed(column, JsonText{deep}).substr(0, 20)) == false);
  CHECK(printed(column, JsonText{deep}).starts_with(R"({"detail":"{\"a\":[)"));
}

}  // namespace
}  // namespace tokctl::cli
