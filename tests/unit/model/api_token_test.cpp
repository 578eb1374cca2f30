#include "model/api_token.h"

#include <catch2/catch.hpp>

#include "base/time_text.h"
#include "support/error.h"

namespace tokctl {
namespace {

using testing::error_of;

TEST_CASE("api token: it ends by whatever comes first") {
  ApiToken token{.created_at = from_unix(1000)};
  CHECK_FALSE(token.ends_at());
  CHECK(token.live(from_unix(1'000'000'000'000)));
  token.idle = Seconds(400);
  CHECK(token.ends_at() == from_unix(1400));
  token.last_used_at = from_unix(1300);
  CHECK(token.ends_at() == from_unix(1700));
  CHECK(token.live(from_unix(1699)));
  CHECK_FALSE(token.live(from_unix(1700)));
  token.expires_at = from_unix(1600);
  CHECK(token.ends_at() == from_unix(1600));
  CHECK_FALSE(token.live(from_unix(1600)));
  token.revoked_at = from_unix(1500);
  CHECK(token.ends_at() == from_unix(1500));
  CHECK_FALSE(token.live(from_unix(1400)));
}

TEST_CASE("api token: scopes are those of RFC 6749") {
  check_scopes({});
  check_scopes({"read", "write", "https://example.com/a", "!#[]~", std::string(kScopeMax, 'x')});
  for (const std::string& bad : {std::string(), std::string("a b"), std::string("a\"b"),
                                 std::string("a\\b"), std::string("a\nb"), std::string("é"),
                                 std::string("\x7f"), std::string(kScopeMax + 1, 'x')}) {
    CAPTURE(bad);
    CHECK(error_of([&] { check_scopes({"read", bad}); }).id() == "token.scope");
  }
  CHECK(error_of([] { check_scopes({"read", "write", "read"}); }).id() == "token.scope");
  std::vector<std::string> many;
  for (std::size_t i = 0; i <= kScopesMax; ++i) many.push_back(std::to_string(i));
  CHECK(error_of([&] { check_scopes(many); }).id() == "token.scope");
  many.pop_back();
  check_scopes(many);
  CHECK(split_scopes(join_scopes(many)) == many);
  CHECK(join_scopes({}).empty());
  CHECK(split_scopes("").empty());
}

TEST_CASE("api token: the first scope that is missing") {
  CHECK_FALSE(missing_scope({}, {}));
  CHECK_FALSE(missing_scope({"a", "b"}, {"b", "a"}));
  CHECK(missing_scope({"a"}, {"a", "b", "c"}) == "b");
  CHECK(missing_scope({"read:all"}, {"read"}) == "read");
}

TEST_CASE("api token: names and info") {
  check_token_name("");
  check_token_name("José's 🔑 \"phone\"");
  std::string longest;
  for (std::size_t i = 0; i < kTokenNameMax; ++i) longest += "é";
  check_token_name(longest);
  for (const std::string& bad :
       {longest + "x", std::string("a\nb"), std::string("\xff"), std::string(1, '\0')})
    CHECK(error_of([&] { check_token_name(bad); }).id() == "token.name");

  CHECK(normalize_info("{}") == "{}");
  CHECK(normalize_info("{ \"device\" :\n \"ios\" }") == R"({"device":"ios"})");
  for (const std::string& bad :
       {std::string(), std::string("[]"), std::string("1"), std::string("{"),
        std::string(R"({"a":1,"a":2})"), std::string("{} x"), std::string("{\"a\":\"\xff\"}"),
        R"({"a":")" + std::string(kInfoMax, 'x') + "\"}"}) {
    CAPTURE(bad);
    CHECK(error_of([&] { normalize_info(bad); }).id() == "token.info");
  }
}

TEST_CASE("api token: an idle time leaves room for ten flushes") {
  check_idle(kIdleMin);
  CHECK(kIdleMin >= 10 * kUseFlush);
  CHECK(error_of([] { check_idle(kIdleMin - Seconds(1)); }).id() == "token.idle");
  check_idle(kMaxDuration);
  CHECK(error_of([] { check_idle(kMaxDuration + Seconds(1)); }).id() == "token.idle");
}

}  // namespace
}  // namespace tokctl
