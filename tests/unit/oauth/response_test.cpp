#include "oauth/response.h"

#include <catch2/catch.hpp>
#include <string>

#include "base/error.h"
#include "support/error.h"

namespace tokctl::oauth {
namespace {

using Kind = Failure::Kind;

Answer read(int status, const std::string& body,
            const std::string& type = "application/json;charset=UTF-8") {
  return read_token_answer({.status = status,
                            .content_type = type,
                            .body = SecretString(body),
                            .retry_after = Seconds(7)},
                           "example.com");
}

TokenResponse good(const std::string& body) {
  Answer answer = read(200, body);
  if (const auto* failure = std::get_if<Failure>(&answer)) FAIL(body << ": " << failure->message);
  return std::get<TokenResponse>(std::move(answer));
}

Failure bad(int status, const std::string& body, const std::string& type = "application/json") {
  Answer answer = read(status, body, type);
  INFO(body);
  REQUIRE(std::holds_alternative<Failure>(answer));
  return std::get<Failure>(std::move(answer));
}

TEST_CASE("oauth response: RFC 6749 \u00a75.1") {
  const TokenResponse tokens = good(
      R"({"access_token":"2YotnFZFEjr1zCsicMWpAA","token_type":"bearer","expires_in":3600,
          "refresh_token":"tGzv3JOkF0XG5Qx2TlKWIA","scope":"a b","example_parameter":[1]})");
  CHECK(tokens.access_token.reveal() == "2YotnFZFEjr1zCsicMWpAA");
  CHECK(tokens.refresh_token.reveal() == "tGzv3JOkF0XG5Qx2TlKWIA");
  CHECK(tokens.token_type == "Bearer");
  CHECK(tokens.expires_in == Seconds(3600));
  CHECK(tokens.scope == "a b");

  const TokenResponse least = good(R"({"access_token":"a"})");
  CHECK(least.token_type == "Bearer");
  CHECK(least.refresh_token.empty());
  CHECK_FALSE(least.expires_in);
  CHECK_FALSE(least.scope);
  CHECK(good(R"({"access_token":"a","refresh_token":null})").refresh_token.empty());
}

TEST_CASE("oauth response: an absurd life never costs the tokens") {
  const auto life = [](const std::string& value) {
    return good(R"({"access_token":"a","expires_in":)" + value + "}").expires_in;
  };
  CHECK(life("0") == Seconds(0));
  CHECK(life("-1") == Seconds(0));
  CHECK(life("\"3599\"") == Seconds(3599));
  CHECK(life("3599.9") == Seconds(3599));
  CHECK(life("1e30") == std::chrono::hours(24 * 365 * 10));
  CHECK(life("9223372036854775807") == std::chrono::hours(24 * 365 * 10));
  CHECK(life("18446744073709551615") == std::chrono::hours(24 * 365 * 10));
  for (const char* value :
       {"null", "true", "[]", "{}", "\"\"", "\"soon\"", "\"-5\"", "\"1e9\"", "\"0x10\""}) {
    INFO(value);
    CHECK_FALSE(life(value));
  }
  // A scope that is none is not kept, but neither is it a reason.
  CHECK_FALSE(good(R"({"access_token":"a","scope":"a  b"})").scope);
  CHECK_FALSE(good(R"({"access_token":"a","scope":["a"]})").scope);
}

TEST_CASE("oauth response: what is no token response") {
  const std::string bodies[] = {
      "",
      "{",
      "[]",
      "null",
      "access_token=a&token_type=bearer",
      "<html>access_token</html>",
      R"({"access_token":"a")",
      R"({"access_token":"a"} x)",
      "{}",
      R"({"access_token":""})",
      R"({"access_token":1})",
      R"({"access_token":"a\nb"})",
      R"({"access_token":"a\u0000b"})",
      "{\"access_token\":\"\xff\"}",
      R"({"access_token":"é"})",
      R"({"access_token":"a","access_token":"b"})",
      R"({"access_token":")" + std::string(kTokenMax + 1, 'a') + "\"}",
      R"({"access_token":"a","token_type":"mac"})",
      R"({"access_token":"a","token_type":7})",
      R"({"access_token":"a","refresh_token":""})",
      R"({"access_token":"a","refresh_token":{}})",
      R"({"access_token":"a","refresh_token":"a\r\nb"})",
      R"({"access_token":"a","x":)" + std::string(1000, '[') + std::string(1000, ']') + "}",
  };
  for (const std::string& body : bodies) {
    const Failure failure = bad(200, body);
    CHECK(failure.kind == Kind::kTransient);
    CHECK(failure.message.find("example.com") != std::string::npos);
  }
  const std::string fine = R"({"access_token":"a"})";
  for (const char* type : {"", "text/html", "text/plain", "application/jsonp", "json",
                           "text/html; application/json"}) {
    CHECK(bad(200, fine, type).kind == Kind::kTransient);
  }
  CHECK(bad(201, fine).kind == Kind::kTransient);
  CHECK(bad(302, fine).message == "example.com answered with status 302");
  CHECK(std::holds_alternative<TokenResponse>(read(200, fine, "Application/JSON ; x=y")));
  CHECK(std::holds_alternative<TokenResponse>(read(200, fine, "application/problem+json")));
}

TEST_CASE("oauth response: errors by their word, and by their status") {
  const auto kind = [](int status, const std::string& word) {
    return bad(status, R"({"error":")" + word + "\"}").kind;
  };
  CHECK(kind(400, "invalid_grant") == Kind::kInvalidGrant);
  CHECK(kind(200, "bad_refresh_token") == Kind::kInvalidGrant);  // GitHub
  CHECK(kind(400, "expired_token") == Kind::kInvalidGrant);
  CHECK(kind(400, "access_denied") == Kind::kInvalidGrant);
  CHECK(kind(401, "invalid_client") == Kind::kRefused);
  CHECK(kind(400, "unauthorized_client") == Kind::kRefused);
  CHECK(kind(400, "unsupported_grant_type") == Kind::kRefused);
  CHECK(kind(400, "authorization_pending") == Kind::kPending);
  CHECK(kind(400, "slow_down") == Kind::kSlowDown);
  CHECK(kind(400, "temporarily_unavailable") == Kind::kTransient);
  // A server in trouble does not judge.
  CHECK(kind(500, "invalid_grant") == Kind::kTransient);
  CHECK(kind(429, "invalid_grant") == Kind::kTransient);
  CHECK(bad(400, "invalid_grant", "text/plain").kind == Kind::kTransient);
  CHECK(bad(400, R"({"error":"invalid_grant"})", "text/html").kind == Kind::kTransient);
  CHECK(bad(429, "").retry_after == Seconds(7));
  CHECK(bad(401, R"({"error":"invalid_client"})").message == "example.com refused: invalid_client");
}

TEST_CASE("oauth response: nothing that was sent is repeated but the word of the error") {
  for (const char* body :
       {R"({"error":"the token SECRET is bad"})", R"({"error":"SECRET"})",
        R"({"error":"invalid_request","error_description":"SECRET","error_uri":"https://SECRET"})",
        R"({"error":{"message":"SECRET"}})", "SECRET"}) {
    CHECK(bad(400, body).message.find("SECRET") == std::string::npos);
  }
  const std::string word(65, 'a');
  CHECK(bad(400, R"({"error":")" + word + "\"}").message.find(word) == std::string::npos);
}

TEST_CASE("oauth response: one that was saved") {
  const auto parse = [](const std::string& text) {
    return parse_saved_response(SecretString(text));
  };
  CHECK(parse(R"({"access_token":"a","expires_in":5,"expires":9})").response.expires_in ==
        Seconds(5));
  CHECK(parse(R"({"access_token":"a","expires":1767225599})").expires_at == from_unix(1767225599));
  CHECK(parse(R"({"access_token":"a","expires_at":1767225599})").expires_at ==
        from_unix(1767225599));
  CHECK(parse(R"({"access_token":"a","expires_at":1e300})").expires_at ==
        from_unix(253'402'300'799));
  CHECK_FALSE(parse(R"({"access_token":"a","expires_at":"2026-01-01T00:00:00Z"})").expires_at);
  for (const char* text : {"", "SECRET", "[]", "{}", R"({"access_token":"SECRET\n"})"}) {
    const Error error = testing::error_of([&] { parse(text); });
    CHECK(error.code() == Code::kUsage);
    CHECK(error.message().find("SECRET") == std::string::npos);
  }
}

TEST_CASE("oauth response: RFC 8628 \u00a73.2") {
  const auto device = [](const std::string& body) {
    return read_device_answer({.status = 200,
                               .content_type = "application/json",
                               .body = SecretString(body),
                               .retry_after = {}},
                              "example.com");
  };
  const auto answer = device(
      R"({"device_code":"GmRhmhcxhwAzkoEqiMEg_DnyEysNkuNhszIySk9eS","user_code":"WDJB-MJHT",
          "verification_uri":"https://example.com/device",
          "verification_uri_complete":"https://example.com/device?user_code=WDJB-MJHT",
          "expires_in":1800,"interval":7})");
  const auto& full = std::get<DeviceResponse>(answer);
  CHECK(full.user_code == "WDJB-MJHT");
  CHECK(full.verification_uri == "https://example.com/device");
  CHECK(full.verification_uri_complete == "https://example.com/device?user_code=WDJB-MJHT");
  CHECK(full.expires_in == Seconds(1800));
  CHECK(full.interval == Seconds(7));

  const auto least = device(
      R"({"device_code":"d","user_code":"u","verification_url":"https://a.b/",
          "verification_uri_complete":"javascript:x","interval":-3,"expires_in":1e99})");
  CHECK(std::get<DeviceResponse>(least).verification_uri_complete.empty());
  CHECK(std::get<DeviceResponse>(least).interval == Seconds(1));
  CHECK(std::get<DeviceResponse>(least).expires_in == Seconds(3600));

  for (const char* body :
       {"{}", R"({"user_code":"u","verification_uri":"https://a.b/"})",
        R"({"device_code":"d","verification_uri":"https://a.b/"})",
        R"({"device_code":"d","user_code":"u"})",
        R"({"device_code":"d","user_code":"u\u001b[2J","verification_uri":"https://a.b/"})",
        R"({"device_code":"d","user_code":"u","verification_uri":"http://a.b/"})",
        R"({"device_code":"d","user_code":"u","verification_uri":"javascript:x"})"}) {
    INFO(body);
    CHECK(std::holds_alternative<Failure>(device(body)));
  }
}

}  // namespace
}  // namespace tokctl::oauth
