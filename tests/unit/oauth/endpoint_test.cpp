#include "oauth/endpoint.h"

#include <catch2/catch.hpp>
#include <string>

#include "support/error.h"

namespace tokctl::oauth {
namespace {

TEST_CASE("oauth endpoint: https anywhere, http on this machine") {
  CHECK(check_endpoint("https://Accounts.Example.com/token?a=b", "x").host ==
        "accounts.example.com");
  CHECK(check_endpoint("HTTPS://example.com", "x").secure);
  CHECK(check_endpoint("https://example.com:8443/x", "x").host == "example.com:8443");
  CHECK(check_endpoint("https://[2001:db8::1]:443/", "x").host == "[2001:db8::1]:443");
  CHECK(check_endpoint("https://example.com?x=y", "x").host == "example.com");
  for (const char* url : {"http://localhost/", "http://127.0.0.1:8080/x", "http://[::1]:1/"}) {
    CHECK_FALSE(check_endpoint(url, "x").secure);
  }
}

TEST_CASE("oauth endpoint: anything else is refused, and no part of it repeated") {
  const std::string urls[] = {"",
                              "example.com",
                              "//example.com/",
                              "ftp://example.com/",
                              "file:///etc/passwd",
                              "http://example.com/",
                              "http://127.0.0.1.example.com/",
                              "http://localhost.example.com/",
                              "http://127.0.0.2/",
                              "http://0.0.0.0/",
                              "http://127.1/",
                              "http://localhost@example.com/",
                              "https://user:secret@example.com/",
                              "https://example.com\\@evil.com/",
                              "https://example.com/#fragment",
                              "https://",
                              "https:///path",
                              "https://?x",
                              "https://:443/",
                              "https://example.com:/",
                              "https://example.com:65536/",
                              "https://example.com:1e3/",
                              "https://[]/",
                              "https://[::1/",
                              "https://[::1]x/",
                              "https://-x.com/",
                              "https://exa mple.com/",
                              "https://example.com/a\nb",
                              "https://example.com/\x7f",
                              "https://ex\u00e4mple.com/",
                              "https://example.com/" + std::string(2048, 'a')};
  for (const std::string& url : urls) {
    INFO(url);
    const Error error = testing::error_of([&] { check_endpoint(url, "the token URL"); });
    CHECK(error.code() == Code::kUsage);
    CHECK(error.id() == "oauth.url");
    CHECK(error.message().starts_with("the token URL "));
    CHECK(error.message().find("secret") == std::string::npos);
  }
}

}  // namespace
}  // namespace tokctl::oauth
