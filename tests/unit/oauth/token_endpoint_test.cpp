#include "oauth/token_endpoint.h"

#include <catch2/catch.hpp>
#include <string>

#include "support/error.h"
#include "support/loopback_server.h"

namespace tokctl::oauth {
namespace {

using testing::http_answer;
using testing::LoopbackServer;

struct Endpoints {
  Endpoints()
      : server([this](const std::string&) { return http_answer(status, answer); }),
        endpoint(provider, secret) {
    provider.name = "p";
    provider.client_id = "client one";
    provider.token_url = server.url("/token");
    provider.auth_url = "https://example.com/auth?tenant=1";
    provider.device_url = server.url("/device");
    provider.revoke_url = server.url("/revoke");
    provider.params = {{"audience", "api"}};
  }
  std::string last() { return server.requests().back(); }
  // What was sent last, as a form.
  std::map<std::string, std::string> sent() {
    const std::string request = last();
    return parse_form(request.substr(request.find("\r\n\r\n") + 4)).value();
  }

  int status = 200;
  std::string answer = R"({"access_token":"a"})";
  OAuthProvider provider;
  SecretString secret{"p&ss:w\u00f6rd"};
  LoopbackServer server;
  TokenEndpoint endpoint;
};

using Fields = std::map<std::string, std::string>;

TEST_CASE_METHOD(Endpoints, "oauth token endpoint: a client proves itself by any of three ways") {
  CHECK(std::holds_alternative<TokenResponse>(endpoint.refresh(SecretString("r"))));
  CHECK(last().starts_with("POST /token HTTP/1.1\r\n"));
  // base64("client%20one:p%26ss%3Aw%C3%B6rd")
  CHECK(last().find("\r\nAuthorization: Basic "
                    "Y2xpZW50JTIwb25lOnAlMjZzcyUzQXclQzMlQjZyZA==\r\n") != std::string::npos);
  CHECK(last().find("\r\nContent-Type: application/x-www-form-urlencoded\r\n") !=
        std::string::npos);
  CHECK(sent() == Fields{{"grant_type", "refresh_token"}, {"refresh_token", "r"}});

  provider.auth_method = ClientAuth::kPost;
  endpoint.refresh(SecretString("r"));
  CHECK(last().find("Authorization") == std::string::npos);
  CHECK(sent().at("client_id") == "client one");
  CHECK(sent().at("client_secret") == "p&ss:w\u00f6rd");

  provider.auth_method = ClientAuth::kNone;
  endpoint.refresh(SecretString("r"));
  CHECK(sent().at("client_id") == "client one");
  CHECK_FALSE(sent().contains("client_secret"));
}

TEST_CASE_METHOD(Endpoints, "oauth token endpoint: the requests of each flow") {
  const SecretString verifier("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
  const std::string url =
      endpoint.authorization_url("http://127.0.0.1:1/cb", "a b", SecretString("s"), verifier);
  CHECK(url ==
        "https://example.com/auth?tenant=1&response_type=code&client_id=client%20one"
        "&redirect_uri=http%3A%2F%2F127.0.0.1%3A1%2Fcb&scope=a%20b&state=s"
        "&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256"
        "&audience=api");

  endpoint.exchange_code("c", "http://127.0.0.1:1/cb", verifier);
  CHECK(sent() == Fields{{"grant_type", "authorization_code"},
                         {"code", "c"},
                         {"redirect_uri", "http://127.0.0.1:1/cb"},
                         {"code_verifier", std::string(verifier.reveal())}});
  endpoint.client_credentials("a");
  CHECK(sent() ==
        Fields{{"grant_type", "client_credentials"}, {"scope", "a"}, {"audience", "api"}});
  endpoint.poll_device(SecretString("d"));
  CHECK(sent() == Fields{{"grant_type", "urn:ietf:params:oauth:grant-type:device_code"},
                         {"device_code", "d"}});
  answer = R"({"device_code":"d","user_code":"u","verification_uri":"https://a.b/"})";
  CHECK(std::holds_alternative<DeviceResponse>(endpoint.start_device("a")));
  CHECK(last().starts_with("POST /device "));
  CHECK(sent() == Fields{{"client_id", "client one"}, {"scope", "a"}, {"audience", "api"}});
}

TEST_CASE_METHOD(Endpoints, "oauth token endpoint: revoking, RFC 7009") {
  answer.clear();
  CHECK_FALSE(endpoint.revoke(SecretString("r"), "refresh_token"));
  CHECK(last().starts_with("POST /revoke "));
  CHECK(sent() == Fields{{"token", "r"}, {"token_type_hint", "refresh_token"}});
  status = 503;
  CHECK(endpoint.revoke(SecretString("r"), "refresh_token")->kind == Failure::Kind::kTransient);
  status = 400;
  answer = R"({"error":"unsupported_token_type"})";
  CHECK(endpoint.revoke(SecretString("r"), "refresh_token")->kind == Failure::Kind::kRefused);
}

TEST_CASE_METHOD(Endpoints, "oauth token endpoint: no answer is a failure, no endpoint an error") {
  provider.token_url = "http://127.0.0.1:1/token";
  const Answer answered = endpoint.refresh(SecretString("r"));
  CHECK(std::get<Failure>(answered).kind == Failure::Kind::kTransient);
  CHECK(std::get<Failure>(answered).message == "127.0.0.1:1 cannot be reached");
  provider.auth_url.clear();
  provider.device_url.clear();
  const SecretString any("x");
  CHECK(testing::error_of([&] {
          endpoint.authorization_url("http://localhost/", "", any, any);
        }).id() == "oauth.no_endpoint");
  CHECK(testing::error_of([&] { endpoint.start_device(""); }).id() == "oauth.no_endpoint");
}

}  // namespace
}  // namespace tokctl::oauth
