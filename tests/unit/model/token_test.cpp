#include "model/token.h"

#include <catch2/catch.hpp>
#include <set>

namespace tokctl {
namespace {

TEST_CASE("token types have names, both ways") {
  for (const auto& [type, name] : {std::pair{TokenType::kWeb, "web"},
                                   {TokenType::kApi, "api"},
                                   {TokenType::kJwt, "jwt"},
                                   {TokenType::kRefresh, "refresh"},
                                   {TokenType::kVerify, "verify"}}) {
    CHECK(to_text(type) == name);
    CHECK(token_type_from(name) == type);
  }
  CHECK_FALSE(token_type_from("WEB"));
  CHECK_FALSE(token_type_from(""));
}

TEST_CASE("every refusal has a name of its own") {
  std::set<std::string_view> names;
  for (int i = 0; i <= static_cast<int>(Refusal::kTries); ++i) {
    names.insert(to_text(static_cast<Refusal>(i)));
  }
  CHECK(names.size() == static_cast<std::size_t>(Refusal::kTries) + 1);
  CHECK(to_text(Refusal::kMalformed) == "malformed");
  CHECK(to_text(Refusal::kMismatch) == "mismatch");
}

TEST_CASE("a verdict is a principal or a refusal") {
  const Verdict yes = Principal{};
  const Verdict no = Refusal::kExpired;
  CHECK(valid(yes) != nullptr);
  CHECK(valid(no) == nullptr);
}

}  // namespace
}  // namespace tokctl
