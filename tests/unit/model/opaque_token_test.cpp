#include "model/opaque_token.h"

#include <catch2/catch.hpp>
#include <map>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

namespace tokctl {
namespace {

using Secret = std::array<std::uint8_t, kOpaqueSecretSize>;

Secret counted() {
  Secret secret;
  for (std::size_t i = 0; i < secret.size(); ++i) secret[i] = static_cast<std::uint8_t>(0x20 + i);
  return secret;
}

Secret filled(std::uint8_t byte) {
  Secret secret;
  secret.fill(byte);
  return secret;
}

constexpr std::string_view kGood = "tka_7cMxemzhJjkW31yzTx5H07wJF2A2uBEOEec26ubYMsJ2co3KN";

// Computed by an implementation of its own, on Python's integers and zlib.
TEST_CASE("opaque token: known answers") {
  const std::vector<std::tuple<TokenType, Secret, std::string>> answers = {
      {TokenType::kApi, counted(), std::string(kGood)},
      {TokenType::kRefresh, counted(), "tkr_7cMxemzhJjkW31yzTx5H07wJF2A2uBEOEec26ubYMsJ2VzdrM"},
      {TokenType::kVerify, counted(), "tkv_7cMxemzhJjkW31yzTx5H07wJF2A2uBEOEec26ubYMsJ1x6FGd"},
      {TokenType::kApi, filled(0), "tka_00000000000000000000000000000000000000000003jO17q"},
      {TokenType::kRefresh, filled(0), "tkr_00000000000000000000000000000000000000000003lfZMP"},
      {TokenType::kVerify, filled(0xFF), "tkv_yhjskwdA6OZ1AL1YmHWZWm8LLG7HjnuCA2j5rOw8Xp12RcUle"},
  };
  for (const auto& [type, secret, text] : answers) {
    CHECK(format_opaque_token(type, secret).reveal() == text);
    CHECK(parse_opaque_token(text) == type);
  }
  CHECK_THROWS_AS(format_opaque_token(TokenType::kWeb, counted()), std::invalid_argument);
  CHECK_THROWS_AS(format_opaque_token(TokenType::kJwt, counted()), std::invalid_argument);
}

TEST_CASE("opaque token: a number that 32 bytes do not hold is none") {
  // 2^256, with the right checksum.
  CHECK_FALSE(parse_opaque_token("tka_yhjskwdA6OZ1AL1YmHWZWm8LLG7HjnuCA2j5rOw8Xp24Z3dlw"));
}

TEST_CASE("opaque token: what is no digit is in none") {
  // Neighbours of digits in ASCII, with the right checksum, which anybody can compute.
  for (const std::string_view text : {"tka_7cMxemzhJjkW31yz/x5H07wJF2A2uBEOEec26ubYMsJ3U4E6S",
                                      "tka_7cMxemzhJjkW31yz:x5H07wJF2A2uBEOEec26ubYMsJ4OS1Dl",
                                      "tka_7cMxemzhJjkW31yz@x5H07wJF2A2uBEOEec26ubYMsJ3EC5MJ",
                                      "tka_7cMxemzhJjkW31yz[x5H07wJF2A2uBEOEec26ubYMsJ2ul3qR",
                                      "tka_7cMxemzhJjkW31yz`x5H07wJF2A2uBEOEec26ubYMsJ0ERVFB",
                                      "tka_7cMxemzhJjkW31yz{x5H07wJF2A2uBEOEec26ubYMsJ0ei04L"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_opaque_token(text));
  }
}

TEST_CASE("opaque token: one changed character, or one more or less, is none") {
  const std::string good(kGood);
  for (std::size_t at = 0; at < good.size(); ++at) {
    for (int byte = 0; byte < 256; ++byte) {
      std::string changed = good;
      changed[at] = static_cast<char>(byte);
      if (changed != good) CHECK_FALSE(parse_opaque_token(changed));
    }
    CHECK_FALSE(parse_opaque_token(good.substr(0, at)));
    CHECK_FALSE(parse_opaque_token(good.substr(0, at) + "0" + good.substr(at)));
    if (at > 0) {
      std::string swapped = good;
      std::swap(swapped[at], swapped[at - 1]);
      if (swapped != good) CHECK_FALSE(parse_opaque_token(swapped));
    }
  }
  for (const std::string& text : {" " + good, good + "\n", good + good, std::string(65536, '0')})
    CHECK_FALSE(parse_opaque_token(text));
}

std::vector<std::pair<std::string, std::uint64_t>> scan(std::string_view text, std::size_t piece) {
  std::vector<std::pair<std::string, std::uint64_t>> found;
  OpaqueTokenScanner scanner([&](std::string_view token, std::uint64_t offset) {
    found.emplace_back(std::string(token), offset);
  });
  for (std::size_t at = 0; at < text.size(); at += piece) scanner.feed(text.substr(at, piece));
  return found;
}

TEST_CASE("opaque token: found in any text, however it is cut") {
  const std::string good(kGood);
  const std::string refresh(format_opaque_token(TokenType::kRefresh, filled(7)).reveal());
  const std::string damaged = good.substr(0, 52) + "O";
  struct Case {
    std::string text;
    std::vector<std::pair<std::string, std::uint64_t>> found;
  };
  const std::string nul("\0\xFF", 2);
  const std::vector<Case> cases = {
      {"", {}},
      {good, {{good, 0}}},
      {good + good + refresh, {{good, 0}, {good, 53}, {refresh, 106}}},
      {"x" + good + "x", {{good, 1}}},
      {nul + good + nul, {{good, 2}}},
      {R"({"Authorization":"Bearer )" + good + "\"}\n", {{good, 25}}},
      {"tka_" + good, {{good, 4}}},
      {"tka_7cMx" + good, {{good, 8}}},
      {good.substr(0, 30) + good, {{good, 30}}},
      {damaged + good, {{good, 53}}},
      {good.substr(0, 52) + "\n" + good.substr(52), {}},
      {"___tk_tka" + good.substr(3), {{good, 6}}},
      {std::string(5000, '_') + good, {{good, 5000}}},
      {damaged, {}},
  };
  for (const Case& each : cases) {
    CAPTURE(each.text);
    for (const std::size_t piece : {1U, 2U, 3U, 5U, 52U, 53U, 4096U})
      CHECK(scan(each.text, piece) == each.found);
  }
}

TEST_CASE("opaque token: a scan finds exactly what a search by parsing does") {
  std::minstd_rand random(1);
  const std::string good(kGood);
  for (int round = 0; round < 300; ++round) {
    std::string text;
    for (int part = 0; part < 12; ++part) {
      const auto size = random() % 53;
      switch (random() % 4) {
        case 0:
          text += good;
          break;
        case 1:
          text += good.substr(size);
          break;
        case 2:
          text += good.substr(0, size);
          break;
        default:
          text += "tka_"[random() % 4];
      }
    }
    std::vector<std::pair<std::string, std::uint64_t>> expected;
    for (std::size_t at = 0; at + kOpaqueTokenSize <= text.size(); ++at) {
      if (parse_opaque_token(std::string_view(text).substr(at, kOpaqueTokenSize)))
        expected.emplace_back(text.substr(at, kOpaqueTokenSize), at);
    }
    CHECK(scan(text, 1 + random() % 60) == expected);
  }
}

}  // namespace
}  // namespace tokctl
