#include "base/json.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <string>

namespace tokctl {
namespace {

TEST_CASE("json: an object names each member once") {
  CHECK(parse_json_object("{}"));
  CHECK(parse_json_object("{\"a\":{\"b\":1},\"b\":{\"b\":2},\"c\":[{\"a\":1},{\"a\":1}]}"));
  CHECK_FALSE(parse_json_object("{\"a\":1,\"a\":1}"));
  CHECK_FALSE(parse_json_object("{\"a\":1,\"\\u0061\":1}"));
  CHECK_FALSE(parse_json_object("{\"x\":{\"a\":1,\"b\":{},\"a\":1}}"));
}

TEST_CASE("json: only an object is one, to the letter") {
  for (const char* text : {"", "1", "\xEF\xBB\xBF{}", "\"a\"", "null", "[{}]", "{", "{}}", "{} {}",
                           "{'a':1}", "{\"a\":1,}", "{\"a\":01}", "{\"a\":NaN}", "{\"a\":\"\n\"}",
                           "{/**/}", "{\"a\":\"\xFF\"}", "{\"a\":\"\\ud800\"}", "{\"a\":1e999}"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_json_object(text));
  }
  for (const std::string_view text : {std::string_view("{}\0", 3), std::string_view("{}\0{}", 5),
                                      std::string_view("\0{}", 3), std::string_view("{\0}", 3)})
    CHECK_FALSE(parse_json_object(text));
}

TEST_CASE("json: any text becomes a string of JSON") {
  std::string out;
  append_json_strings(out, {"plain", "\"\\\n\x7f", "Ü", "a\xff", std::string(1, '\0')});
  CHECK(out == "[\"plain\",\"\\\"\\\\\\n\x7f\",\"Ü\",\"a\xEF\xBF\xBD\",\"\\u0000\"]");
  out.clear();
  append_json_strings(out, {});
  CHECK(out == "[]");
}

TEST_CASE("json: an object is bounded in depth") {
  const auto nested = [](int depth) {
    std::string text = "1";
    for (int i = 0; i < depth; ++i) text = "{\"a\":" + text + "}";
    return text;
  };
  CHECK(parse_json_object(nested(kJsonDepthMax)));
  CHECK_FALSE(parse_json_object(nested(kJsonDepthMax + 1)));
  CHECK_FALSE(parse_json_object(nested(10'000)));
  CHECK_FALSE(parse_json_object("{\"a\":" + std::string(30'000, '[')));
}

}  // namespace
}  // namespace tokctl
