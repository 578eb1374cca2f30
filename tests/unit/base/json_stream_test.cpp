#include "base/json_stream.h"

#include <catch2/catch.hpp>
#include <string>

#include "base/json.h"

namespace tokctl {
namespace {

// Writes down what it is told, one word each.
class Log final : public JsonEvents {
 public:
  bool literal() override { return add("literal"); }
  bool integer(std::uint64_t magnitude, bool negative) override {
    return add((negative ? "-" : "") + std::to_string(magnitude));
  }
  bool text(std::string_view value) override { return add("'" + std::string(value) + "'"); }
  bool begin_object() override { return add("{"); }
  bool name(std::string_view name) override { return add(std::string(name) + ":"); }
  void end_object() override { add("}"); }
  bool begin_array() override { return add("["); }
  void end_array() override { add("]"); }

  std::string told;
  std::string refused;  // what it does not take

 private:
  bool add(const std::string& word) {
    told += told.empty() ? word : " " + word;
    return word != refused;
  }
};

// What was told of a text that is read to its end.
std::string read(std::string_view text) {
  Log log;
  return read_json(text, log) ? log.told : "no";
}

TEST_CASE("json stream: everything in a text is told, in its order") {
  CHECK(read(R"({"a":[1,-2,"b",{}],"c":{"d":null},"e":true,"f":false})") ==
        "{ a: [ 1 -2 'b' { } ] c: { d: literal } e: literal f: literal }");
  CHECK(read(" \t\r\n[ \t\r\n] \t\r\n") == "[ ]");
  CHECK(read("{ \"a\" : 0 , \"b\" : \"\" }") == "{ a: 0 b: '' }");
  CHECK(read("\"a\"") == "'a'");
}

TEST_CASE("json stream: what is escaped is told as what it means") {
  CHECK(read(R"("\"\\\/\b\f\n\r\t")") == "'\"\\/\b\f\n\r\t'");
  CHECK(read(R"("a\u0041\u00e9\u20AC\uD83D\uDE00z")") == "'aAé€😀z'");
  CHECK(read(R"("é€😀\u007f")") == "'é€😀\x7f'");
  CHECK(read(R"({"\u0061b":"c"})") == "{ ab: 'c' }");
  CHECK(read(R"("\uffff\u0800\u07ff\u0080")") == "'\xEF\xBF\xBF\xE0\xA0\x80\xDF\xBF\xC2\x80'");
  const std::string with_nul = "'a" + std::string(1, '\0') + "b'";
  CHECK(read(R"("a\u0000b")") == with_nul);
}

TEST_CASE("json stream: integers of 64 bits, and no other number") {
  CHECK(read("18446744073709551615") == "18446744073709551615");
  CHECK(read("-9223372036854775808") == "-9223372036854775808");
  CHECK(read("-0") == "-0");
  for (const char* text : {"18446744073709551616",
                           "-9223372036854775809",
                           "99999999999999999999",
                           "1.0",
                           "1.",
                           "1e3",
                           "1E3",
                           "1e400",
                           "0.5",
                           "0e1",
                           "00",
                           "01",
                           "-01",
                           "-",
                           "+1",
                           ".5",
                           "0x1",
                           "1_0",
                           "NaN",
                           "Infinity",
                           "-a"}) {
    CAPTURE(text);
    CHECK(read(text) == "no");
  }
}

TEST_CASE("json stream: to the letter") {
  for (const std::string_view text : {"",
                                      " ",
                                      "{",
                                      "}",
                                      "[",
                                      "]",
                                      "{]",
                                      "[}",
                                      "{}}",
                                      "{} {}",
                                      "[1 2]",
                                      "[1,]",
                                      "[,1]",
                                      "[1",
                                      "[1,",
                                      "{,}",
                                      "{\"a\"}",
                                      "{\"a\":}",
                                      "{\"a\":1,}",
                                      "{\"a\":1",
                                      "{\"a\" 1}",
                                      "{a:1}",
                                      "{1:1}",
                                      "{'a':1}",
                                      "nul",
                                      "nulll",
                                      "True",
                                      "tru",
                                      "falsee",
                                      "\"",
                                      "\"a",
                                      "\"\\",
                                      "\"\\\"",
                                      "\"\\a\"",
                                      "\"\\u\"",
                                      "\"\\u12\"",
                                      "\"\\u123g\"",
                                      "\"\\u123",
                                      "\"\\U0041\"",
                                      "\"\\ud800\"",
                                      "\"\\ud800\\u0041\"",
                                      "\"\\ud800\\ud800\"",
                                      "\"\\ud800x\"",
                                      "\"\\ude00\"",
                                      "\"\\ude00\\ud83d\"",
                                      "\"\n\"",
                                      "\"\t\"",
                                      "\"\\n\t\"",
                                      "\"\xFF\"",
                                      "\"\xC0\x80\"",
                                      "\"\xED\xA0\x80\"",
                                      "\"\xF4\x90\x80\x80\"",
                                      "\"\\n\xFF\"",
                                      "\"\xC3",
                                      "{/**/}",
                                      "\v1",
                                      "\f1",
                                      "\xC2\xA0"
                                      "1",
                                      "\xEF\xBB\xBF{}"}) {
    CAPTURE(text);
    CHECK(read(text) == "no");
  }
  for (const std::string_view text :
       {std::string_view("{}\0", 3), std::string_view("{}\0{}", 5), std::string_view("\0{}", 3),
        std::string_view("{\0}", 3), std::string_view("\"\0\"", 3), std::string_view("1\0", 2)})
    CHECK(read(text) == "no");
}

TEST_CASE("json stream: an object names each member once") {
  CHECK(read(R"({"a":{"a":1,"b":1},"b":[{"a":1},{"a":1}]})") != "no");
  CHECK(read(R"({"a":1,"a":1})") == "no");
  CHECK(read(R"({"a":1,"\u0061":1})") == "no");
  CHECK(read(R"({"a":1,"b":{"a":1},"a":1})") == "no");
  CHECK(read(R"({"x":{"a":1,"b":{},"a":1}})") == "no");
  CHECK(read(R"([[{"a":1,"a":2}]])") == "no");
}

TEST_CASE("json stream: members and levels have a bound") {
  const auto members = [](std::size_t count) {
    std::string text = "{\"\":0";
    for (std::size_t i = 1; i < count; ++i) text += ",\"" + std::to_string(i) + "\":0";
    return text + "}";
  };
  CHECK(read(members(kJsonMembersMax)) != "no");
  CHECK(read(members(kJsonMembersMax + 1)) == "no");
  const auto nested = [](int depth, std::string_view begin, std::string_view end) {
    std::string text;
    for (int i = 0; i < depth; ++i) text += begin;
    text += "0";
    for (int i = 0; i < depth; ++i) text += end;
    return text;
  };
  CHECK(read(nested(kJsonDepthMax, "[", "]")) != "no");
  CHECK(read(nested(kJsonDepthMax, "{\"a\":", "}")) != "no");
  CHECK(read(nested(kJsonDepthMax + 1, "[", "]")) == "no");
  CHECK(read(nested(kJsonDepthMax + 1, "{\"a\":", "}")) == "no");
  CHECK(read(std::string(1 << 20, '[')) == "no");
}

TEST_CASE("json stream: what is not taken ends the reading") {
  const std::string_view text = R"({"a":[1,"b",null],"c":{}})";
  for (const char* word : {"{", "a:", "[", "1", "'b'", "literal", "c:"}) {
    CAPTURE(word);
    Log log;
    log.refused = word;
    CHECK_FALSE(read_json(text, log));
    CHECK(log.told.ends_with(word));
  }
  class Nothing final : public JsonEvents {
  } nothing;
  for (const char* each : {"{}", "[]", "1", "\"a\"", "null"}) CHECK_FALSE(read_json(each, nothing));
}

}  // namespace
}  // namespace tokctl
