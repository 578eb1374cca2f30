// How a login ends: what the redirect says, and what the device's server does.
#include <catch2/catch.hpp>
#include <string>

#include "unit/oauth/fixture.h"

using namespace tokctl;
using namespace tokctl::test;

namespace {

struct LoginFixture : OAuthFixture {
  std::string end(const std::string& fields) {
    return error_of([&] { login.finish(begun, "state=" + state() + fields); });
  }
  std::string state() const { return std::string(begun.state.reveal()); }

  oauth::Login& login = t->oauth().login();
  oauth::CodeLogin begun = login.start(kAlice, "https://app.example.com/back", "");
};

constexpr auto kCodes =
    R"({"device_code":"d","user_code":"u","verification_uri":"https://a.example",
                            "expires_in":60,"interval":5})";

// A server that has given `kCodes`, and answers each poll so.
struct DeviceFixture : OAuthFixture {
  void answer_polls(int status, const std::string& body) {
    answer = [=, this](const std::string& path, const Fields&) {
      if (path.ends_with("/device")) return testing::http_answer(200, kCodes);
      ++calls;
      return testing::http_answer(status, body, "Content-Type: application/json\r\n");
    };
  }
  std::string end() {
    const auto begun = t->oauth().login().start_device(kAlice, "");
    return error_of([&] { t->oauth().login().finish(begun); });
  }
};

}  // namespace

TEST_CASE_METHOD(LoginFixture, "oauth login: a redirect without its state is nobody's") {
  CHECK(error_of([&] { login.finish(begun, "code=c"); }) == "oauth.redirect");
  CHECK(error_of([&] { login.finish(begun, "state=&code=c"); }) == "oauth.redirect");
  CHECK(error_of([&] { login.finish(begun, "state=x" + state() + "&code=c"); }) ==
        "oauth.redirect");
  CHECK(server.requests().empty());
  CHECK(end("&code=c") == "nothing");
}

TEST_CASE_METHOD(LoginFixture, "oauth login: another issuer's answer is not taken (RFC 9207)") {
  oauth::ProviderSettings settings;
  answer = [this](const std::string& path, const Fields&) {
    if (!path.ends_with("-configuration"))
      return testing::http_answer(200, R"({"access_token":"a"})");
    return testing::http_answer(200, R"({"issuer":")" + server.url("") +
                                         R"(","authorization_endpoint":")" + server.url("/auth") +
                                         R"(","token_endpoint":")" + server.url("/token") + "\"}");
  };
  settings.issuer = server.url("");
  settings.client_id = "client";
  t->oauth().providers().add("found", {}, settings);
  const GrantRef ref{.account = "alice", .provider = "found"};
  begun = login.start(ref, "https://app.example.com/back", "");
  const auto asked = server.requests().size();
  CHECK(end("&code=c&iss=https://evil.example.com") == "oauth.redirect");
  CHECK(end("&code=c&iss=") == "oauth.redirect");
  CHECK(server.requests().size() == asked);  // the code was not given away
  CHECK(end("&code=c&iss=" + server.url("")) == "nothing");
  CHECK(end("&code=c") == "nothing");  // not every server says
}

TEST_CASE_METHOD(LoginFixture, "oauth login: a redirect that tells of an error ends it") {
  CHECK(end("&error=access_denied") == "oauth.declined");
  CHECK(end("&error=server_error&code=c") == "oauth.refused");
  CHECK(end("") == "oauth.redirect");
  CHECK(end("&code=") == "oauth.redirect");
  CHECK(error_of([&] { login.finish_with_url(begun, "https://app.example.com/back"); }) ==
        "oauth.redirect");
  CHECK(error_of([&] { login.start(kAlice, "", ""); }) == "oauth.redirect_uri");
  CHECK(server.requests().empty());
  // What a server calls its error is shown only if it is a word.
  CHECK_THROWS_WITH(login.finish(begun, "state=" + state() + "&error=%1b%5b2J"),
                    Catch::Contains("no word of OAuth's") && !Catch::Contains("\x1b"));
}

TEST_CASE_METHOD(DeviceFixture, "oauth login: a device is asked about as often as it wants") {
  answer_polls(400, R"({"error":"authorization_pending"})");
  CHECK(end() == "oauth.expired");
  CHECK(calls == 11);  // each 5 seconds, within the minute
}

TEST_CASE_METHOD(DeviceFixture, "oauth login: a device's server that is in trouble is asked less") {
  const auto [status, body] =
      GENERATE(std::pair(400, R"({"error":"slow_down"})"), std::pair(503, "{}"));
  answer_polls(status, body);
  CHECK(end() == "oauth.expired");
  CHECK(calls == 4);  // five seconds later each time: at 5, 15, 30 and 50
}

TEST_CASE_METHOD(DeviceFixture, "oauth login: who said no on the device is not asked again") {
  answer_polls(400, R"({"error":"access_denied"})");
  CHECK(end() == "oauth.declined");
  answer_polls(400, R"({"error":"expired_token"})");
  CHECK(end() == "oauth.expired");
  answer_polls(401, R"({"error":"invalid_client"})");
  CHECK(end() == "oauth.refused");
  CHECK(calls == 3);
}
