#include "model/web_token.h"

#include <catch2/catch.hpp>
#include <random>
#include <stdexcept>
#include <string>

#include "base/encoding.h"
#include "base/uuid.h"

namespace tokctl {
namespace {

constexpr std::string_view kSessionId = "3f2504e0-4f89-41d3-9a0c-0305e82c3301";
constexpr std::string_view kGood =
    "M2YyNTA0ZTAtNGY4OS00MWQzLTlhMGMtMDMwNWU4MmMzMzAxOlJtNW90eUlPQ1BKRVByR2FyeG1MVzVUTDVmZUlwTzh0VG"
    "lL"
    "eWlUbm5JYUU9";

// A token with this inside its outer base64.
std::string wrapped(std::string_view inner) { return base64_encode(as_bytes(inner)); }

std::string inner_of(std::string_view token) { return std::string(as_text(*base64_decode(token))); }

TEST_CASE("a web token is taken apart") {
  const auto parsed = parse_web_token(kGood);
  REQUIRE(parsed);
  CHECK(parsed->session_id == kSessionId);
  CHECK(hex_encode(parsed->token) ==
        hex_encode(*base64_decode("Rm5otyIOCPJEPrGarxmLW5TL5feIpO8tTiKyiTnnIaE=")));
  CHECK(format_web_token(parsed->session_id, parsed->token).reveal() == kGood);
}

TEST_CASE("a web token of another length is none") {
  const std::string good(kGood);
  for (const std::string& text :
       {std::string(), std::string("M"), good.substr(0, 107), good.substr(1), good + "=",
        good + "A", good.substr(0, 104), good + "AAAA", good + good, std::string(65536, 'A'),
        std::string(65536, '=')}) {
    CAPTURE(text.size());
    CHECK_FALSE(parse_web_token(text));
  }
}

TEST_CASE("white space and NUL belong to no web token") {
  const std::string good(kGood);
  for (const char c : {' ', '\t', '\n', '\r', '\0', '\v'}) {
    CHECK_FALSE(parse_web_token(good + c));
    CHECK_FALSE(parse_web_token(c + good));
    CHECK_FALSE(parse_web_token(c + good.substr(1)));
    CHECK_FALSE(parse_web_token(good.substr(0, 107) + c));
    CHECK_FALSE(parse_web_token(good.substr(0, 50) + c + good.substr(51)));
    CHECK_FALSE(parse_web_token(good.substr(0, 50) + c + good.substr(50, 57)));
  }
}

// One changed byte means another session or token, or nothing: never the same credential in another
// spelling.
TEST_CASE("a web token has one spelling") {
  const auto original = parse_web_token(kGood);
  int accepted = 0;
  for (std::size_t at = 0; at < kGood.size(); ++at) {
    for (int c = 0; c < 256; ++c) {
      std::string text(kGood);
      if (text[at] == static_cast<char>(c)) continue;
      text[at] = static_cast<char>(c);
      const auto parsed = parse_web_token(text);
      if (!parsed) continue;
      ++accepted;
      const bool same =
          parsed->session_id == original->session_id && parsed->token == original->token;
      const auto again = format_web_token(parsed->session_id, parsed->token);
      if (same || again.reveal() != text) FAIL("byte " << at << " as " << c);
    }
  }
  CHECK(accepted > 0);  // or the test would say nothing
}

TEST_CASE("the URL-safe alphabet is not this one") {
  // Inside, 62 and 63 occur; outside they cannot, since text of ids and base64 never makes them.
  std::array<std::uint8_t, 32> ones;
  ones.fill(0xFF);
  const std::string good(format_web_token(kSessionId, ones).reveal());
  REQUIRE(parse_web_token(good));
  std::string inner = inner_of(good);
  for (char& c : inner) {
    if (c == '/') c = '_';
  }
  CHECK_FALSE(parse_web_token(wrapped(inner)));
  std::string outer = good;
  for (const char c : {'-', '_'}) {
    outer[10] = c;
    CHECK_FALSE(parse_web_token(outer));
  }
}

TEST_CASE("the colon is in its place, and alone") {
  const std::string id(kSessionId);
  const std::string token = inner_of(kGood).substr(37);
  CHECK(parse_web_token(wrapped(id + ":" + token)));
  for (const std::string& inner :
       {id + token + "A", id + ";" + token, id + "::" + token.substr(1), ":" + id + token,
        id + token + ":", ":" + id.substr(1) + ":" + token, id + ":" + token.substr(0, 43) + ":",
        id.substr(0, 35) + "::" + token, id.substr(0, 35) + ":" + "0" + token,
        id + ":" + token.substr(0, 20) + ":" + token.substr(21), std::string(81, ':')}) {
    CAPTURE(inner);
    REQUIRE(wrapped(inner).size() == kWebTokenSize);
    CHECK_FALSE(parse_web_token(wrapped(inner)));
  }
}

TEST_CASE("a SessionID that is not a lowercase UUID is none") {
  const std::string rest = inner_of(kGood).substr(36);
  for (const std::string& id :
       {std::string("3F2504E0-4F89-41D3-9A0C-0305E82C3301"),
        std::string("3f2504e0-4f89-41d3-9a0c-0305e82c330A"),
        std::string("{f2504e0-4f89-41d3-9a0c-0305e82c330}"),
        std::string("00000000-0000-0000-0000-000000000000"),
        std::string("3f2504e04f8941d39a0c0305e82c33010000"),
        std::string("3f2504e0-4f89-41d3-9a0c-0305e82c330\0", 36),
        std::string("../../../../../../../../../etc/shado"),
        std::string("' OR 1=1; DROP TABLE sessions; -- aa"), std::string(36, '-')}) {
    CAPTURE(id);
    REQUIRE(wrapped(id + rest).size() == kWebTokenSize);
    CHECK_FALSE(parse_web_token(wrapped(id + rest)));
  }
  // With its braces, or of another length, it makes the whole token too long or too short.
  CHECK_FALSE(parse_web_token(wrapped("{" + std::string(kSessionId) + "}" + rest)));
  CHECK_FALSE(parse_web_token(wrapped(std::string(kSessionId).substr(1) + rest)));
}

TEST_CASE("the token inside is 32 bytes in canonical base64") {
  const std::string id = std::string(kSessionId) + ":";
  const std::string token = inner_of(kGood).substr(37);
  const auto refused = [&](const std::string& inner) {
    CAPTURE(inner);
    CHECK_FALSE(parse_web_token(wrapped(id + inner)));
  };
  refused(base64_encode(Bytes(31, 7)));
  refused(base64_encode(Bytes(33, 7)));
  refused(base64_encode(Bytes(30, 7)) + "====");
  refused(token.substr(0, 43));
  refused(token.substr(0, 43) + "A");  // 33 bytes in 44 characters
  refused(token.substr(0, 42) + "==");
  refused("=" + token.substr(0, 43));
  refused(token.substr(0, 20) + "=" + token.substr(20, 23));
  refused(token.substr(0, 42) + "F=");  // a trailing bit
  refused(token.substr(0, 43) + std::string(1, '\0'));
  refused(token.substr(0, 20) + " " + token.substr(21));
  refused(token.substr(0, 20) + "\xE1" + token.substr(21));
  refused(std::string(44, '='));
}

TEST_CASE("a web token whose token is zeros is one by its shape") {
  const std::string zeros(format_web_token(kSessionId, {}).reveal());
  CHECK(parse_web_token(zeros));  // that it matches nobody is for the comparison to find
}

TEST_CASE("web tokens round trip") {
  std::mt19937 random(5);
  SystemRandom ids;
  for (int i = 0; i < 1000; ++i) {
    std::array<std::uint8_t, 32> token;
    for (auto& byte : token) byte = static_cast<std::uint8_t>(random());
    const std::string id = make_uuid(ids);
    const SecretString text = format_web_token(id, token);
    CHECK(text.size() == kWebTokenSize);
    const auto parsed = parse_web_token(text.reveal());
    REQUIRE(parsed);
    CHECK(parsed->session_id == id);
    CHECK(parsed->token == token);
  }
}

TEST_CASE("a web token is not made of another SessionID's length") {
  CHECK_THROWS_AS(format_web_token("", {}), std::invalid_argument);
  CHECK_THROWS_AS(format_web_token(std::string(37, 'a'), {}), std::invalid_argument);
}

}  // namespace
}  // namespace tokctl
