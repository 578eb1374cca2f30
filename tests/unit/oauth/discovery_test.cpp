#include "oauth/discovery.h"

#include <catch2/catch.hpp>
#include <string>

#include "support/error.h"
#include "support/loopback_server.h"

namespace tokctl::oauth {
namespace {

using testing::error_of;
using testing::http_answer;
using testing::LoopbackServer;

constexpr std::string_view kIssuer = "https://example.com/tenant";

TEST_CASE("oauth discovery: metadata becomes endpoints") {
  const OAuthProvider provider = read_metadata(
      R"({"issuer":"https://example.com/tenant","token_endpoint":"https://example.com/t",
          "authorization_endpoint":"https://login.example.com/a",
          "device_authorization_endpoint":"https://example.com/d",
          "revocation_endpoint":"https://example.com/r",
          "token_endpoint_auth_methods_supported":["private_key_jwt","client_secret_post"]})",
      kIssuer);
  CHECK(provider.issuer == kIssuer);
  CHECK(provider.auth_url == "https://login.example.com/a");
  CHECK(provider.token_url == "https://example.com/t");
  CHECK(provider.device_url == "https://example.com/d");
  CHECK(provider.revoke_url == "https://example.com/r");
  CHECK(provider.auth_method == ClientAuth::kPost);
  const OAuthProvider least = read_metadata(
      R"({"issuer":"https://example.com/tenant","token_endpoint":"https://example.com/t"})",
      kIssuer);
  CHECK(least.auth_method == ClientAuth::kBasic);
  CHECK(least.auth_url.empty());
}

TEST_CASE("oauth discovery: nobody else's metadata, and no endpoint that is not safe") {
  for (const char* metadata :
       {"", "[]", "{}", R"({"token_endpoint":"https://example.com/t"})",
        R"({"issuer":"https://example.com","token_endpoint":"https://example.com/t"})",
        R"({"issuer":"https://example.com/tenant/","token_endpoint":"https://example.com/t"})",
        R"({"issuer":"https://example.com/tenant"})",
        R"({"issuer":"https://example.com/tenant","token_endpoint":"http://example.com/t"})",
        R"({"issuer":"https://example.com/tenant","token_endpoint":"https://example.com/t",
            "revocation_endpoint":"ftp://example.com/"})"}) {
    INFO(metadata);
    CHECK(error_of([&] { read_metadata(metadata, kIssuer); }).id() == "oauth.discovery");
  }
}

TEST_CASE("oauth discovery: where metadata is looked for") {
  std::string self;
  bool openid = true;
  int status = 200;
  LoopbackServer server([&](const std::string& request) {
    const bool asks_openid = request.find("openid-configuration") != std::string::npos;
    if (asks_openid && !openid) return http_answer(404, "");
    return http_answer(status,
                       R"({"issuer":")" + self + R"(/t","token_endpoint":")" + self + "/x\"}");
  });
  self = server.url("");
  HttpClient http;
  CHECK(discover(http, self + "/t").token_url == self + "/x");
  openid = false;
  CHECK(discover(http, self + "/t").token_url == self + "/x");
  const auto requests = server.requests();
  REQUIRE(requests.size() == 3);
  CHECK(requests[0].starts_with("GET /t/.well-known/openid-configuration "));
  CHECK(requests[2].starts_with("GET /.well-known/oauth-authorization-server/t "));
  status = 404;
  CHECK(error_of([&] { discover(http, self + "/t"); }).id() == "oauth.discovery");
  status = 503;
  CHECK(error_of([&] { discover(http, self + "/t"); }).code() == Code::kRemote);
  CHECK(error_of([&] { discover(http, "http://example.com"); }).id() == "oauth.url");
  CHECK(error_of([&] { discover(http, self + "/t?x=y"); }).id() == "oauth.url");
}

}  // namespace
}  // namespace tokctl::oauth
