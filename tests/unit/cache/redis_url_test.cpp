#include "cache/redis_url.h"

#include <catch2/catch.hpp>

#include "support/error.h"

namespace tokctl::cache {
namespace {

TEST_CASE("redis url: what it may say") {
  auto url = parse_redis_url("redis://example.com");
  CHECK(url.host == "example.com");
  CHECK(url.port == "6379");
  CHECK(url.database == "0");
  CHECK(url.password.empty());
  url = parse_redis_url("redis://:p%40ss%3Aword@[::1]:6380/7");
  CHECK(url.host == "::1");
  CHECK(url.port == "6380");
  CHECK(url.database == "7");
  CHECK(url.user.empty());
  CHECK(url.password.reveal() == "p@ss:word");
  url = parse_redis_url("redis://app:secret@localhost/");
  CHECK(url.user == "app");
  CHECK(url.password.reveal() == "secret");
  CHECK(url.database == "0");
  CHECK(parse_redis_url("redis://old@localhost").password.reveal() == "old");
  url = parse_redis_url("unix:///run/redis%20one/redis.sock?db=2");
  CHECK(url.socket == "/run/redis one/redis.sock");
  CHECK(url.database == "2");
  CHECK(parse_redis_url("unix://:pw@/run/redis.sock").password.reveal() == "pw");
}

TEST_CASE("redis url: what it may not say") {
  CHECK(testing::error_of([] { parse_redis_url("rediss://example.com"); }).id() == "redis.tls");
  for (const char* bad : {"",
                          "redis",
                          "redis:",
                          "redis://",
                          "redis://:6379",
                          "http://a",
                          "redis://a:b",
                          "redis://a:",
                          "redis://a:123456",
                          "redis://a/x",
                          "redis://a/-1",
                          "redis://a/0/1",
                          "redis://[::1",
                          "redis://[::1]x",
                          "unix://",
                          "unix://host/path",
                          "unix:///a?database=1",
                          "unix:///a?db=",
                          "unix:///a?db=x",
                          "redis://a\nb"}) {
    CAPTURE(bad);
    CHECK(testing::error_of([&] { parse_redis_url(bad); }).code() == Code::kUsage);
  }
}

}  // namespace
}  // namespace tokctl::cache
