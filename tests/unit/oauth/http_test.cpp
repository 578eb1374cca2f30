#include "oauth/http.h"

#include <catch2/catch.hpp>
#include <chrono>
#include <string>
#include <thread>

#include "support/error.h"
#include "support/loopback_server.h"

namespace tokctl::oauth {
namespace {

using testing::error_of;
using testing::http_answer;
using testing::LoopbackServer;

using std::chrono::milliseconds;

const HttpLimits kHasty{.connect = milliseconds(500), .total = milliseconds(500)};

HttpRequest post(const std::string& url) {
  HttpRequest request{.method = "POST", .url = url, .headers = {}, .body = SecretString("a=b")};
  request.headers.push_back({"Accept", SecretString("application/json")});
  request.headers.push_back({"Empty", SecretString()});
  return request;
}

TEST_CASE("oauth http: a request and its answer") {
  LoopbackServer server([](const std::string&) {
    return http_answer(201, "{}", "Content-Type: application/json; charset=utf-8\r\n");
  });
  HttpClient client;
  const HttpResponse response = client.send(post(server.url("/token?x=y")));
  CHECK(response.status == 201);
  CHECK(response.content_type == "application/json; charset=utf-8");
  CHECK(response.body.reveal() == "{}");
  CHECK_FALSE(response.retry_after);
  CHECK(client.send({.url = server.url("/get"), .headers = {}, .body = {}}).status == 201);

  const auto requests = server.requests();
  REQUIRE(requests.size() == 2);
  CHECK(requests[0].starts_with("POST /token?x=y HTTP/1.1\r\n"));
  CHECK(requests[0].find("\r\nAccept: application/json\r\n") != std::string::npos);
  CHECK(requests[0].find("\r\nEmpty:") != std::string::npos);
  CHECK(requests[0].find("Expect") == std::string::npos);
  CHECK(requests[0].ends_with("\r\n\r\na=b"));
  // Nothing of the request before is left.
  CHECK(requests[1].starts_with("GET /get HTTP/1.1\r\n"));
  CHECK(requests[1].find("json") == std::string::npos);
}

TEST_CASE("oauth http: Retry-After in seconds and as a date, at most a day") {
  std::string value;
  LoopbackServer server([&value](const std::string&) {
    return http_answer(429, "", "Retry-After: " + value + "\r\n");
  });
  const auto retry_after = [&](const std::string& text) {
    value = text;
    return HttpClient().send(post(server.url())).retry_after;
  };
  CHECK(retry_after("120") == Seconds(120));
  CHECK(retry_after("999999999") == std::chrono::hours(24));
  CHECK(retry_after("Fri, 31 Dec 2100 23:59:59 GMT") == std::chrono::hours(24));
  CHECK_FALSE(retry_after("Fri, 31 Dec 1999 23:59:59 GMT"));
  CHECK_FALSE(retry_after("soon"));
  CHECK_FALSE(retry_after("-1"));
}

TEST_CASE("oauth http: a redirect is not followed") {
  LoopbackServer elsewhere([](const std::string&) { return http_answer(200, "stolen"); });
  LoopbackServer server([&](const std::string&) {
    return http_answer(307, "", "Location: " + elsewhere.url() + "\r\n");
  });
  CHECK(HttpClient().send(post(server.url())).status == 307);
  CHECK(elsewhere.requests().empty());
}

TEST_CASE("oauth http: an answer is bounded in size") {
  const HttpLimits limits;
  std::string answer;
  LoopbackServer server([&answer](const std::string&) { return answer; });
  const auto send = [&](const std::string& text) {
    answer = text;
    return error_of([&] { HttpClient().send(post(server.url())); }).id();
  };
  CHECK(send(http_answer(200, std::string(limits.body + 1, 'x'))) == "oauth.too_large");
  // Without a length, and in chunks.
  CHECK(send("HTTP/1.1 200 OK\r\n\r\n" + std::string(20 << 20, 'x')) == "oauth.too_large");
  std::string chunks = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (int i = 0; i < 100; ++i) chunks += "1000\r\n" + std::string(0x1000, 'x') + "\r\n";
  CHECK(send(chunks) == "oauth.too_large");
  std::string headers;
  for (int i = 0; i < 2000; ++i) headers += "X-Header: " + std::string(100, 'x') + "\r\n";
  CHECK(send(http_answer(200, "", headers)) == "oauth.too_large");

  answer = http_answer(200, std::string(limits.body, 'x'));
  CHECK(HttpClient().send(post(server.url())).body.size() == limits.body);
}

TEST_CASE("oauth http: an answer is bounded in time, however it drips") {
  std::atomic<bool> over = false;
  LoopbackServer silent([&over](const std::string&) {
    while (!over) std::this_thread::sleep_for(milliseconds(10));
    return std::string();
  });
  const auto start = std::chrono::steady_clock::now();
  CHECK(error_of([&] { HttpClient(kHasty).send(post(silent.url())); }).id() == "oauth.timeout");
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(5));
  over = true;
}

TEST_CASE("oauth http: trouble is of somebody else's making, and named without the request") {
  LoopbackServer broken([](const std::string&) {
    return std::string("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"a\":");
  });
  LoopbackServer mute([](const std::string&) { return std::string(); });
  LoopbackServer noise([](const std::string&) { return std::string("\x16\x03\x01 garbage\r\n"); });
  std::string gone;
  {
    LoopbackServer server([](const std::string&) { return std::string(); });
    gone = server.url();
  }
  const auto check = [](std::string url, std::string_view id) {
    HttpRequest request = post(url.append("?code=secret"));
    request.headers.push_back({"Authorization", SecretString("Bearer secret")});
    const Error error = error_of([&] { HttpClient(kHasty).send(request); });
    CHECK(error.id() == id);
    CHECK(error.code() == Code::kRemote);
    CHECK(error.message().find("secret") == std::string::npos);
  };
  check(broken.url(), "oauth.broken_off");
  check(mute.url(), "oauth.broken_off");
  check(noise.url(), "oauth.broken_off");
  check(gone, "oauth.unreachable");
  check("https://no-such-host.invalid/", "oauth.unreachable");
}

TEST_CASE("oauth http: no header can smuggle in another") {
  LoopbackServer server([](const std::string&) { return http_answer(200, ""); });
  for (const char* value : {"a\r\nX: b", "a\nb", "a\x7f"}) {
    HttpRequest request = post(server.url());
    request.headers.push_back({"Authorization", SecretString(value)});
    CHECK(error_of([&] { HttpClient().send(request); }).id() == "oauth.header");
  }
  for (const char* name : {"", "a:b", "a\nb"}) {
    HttpRequest request = post(server.url());
    request.headers.push_back({name, SecretString("x")});
    CHECK(error_of([&] { HttpClient().send(request); }).id() == "oauth.header");
  }
  CHECK(error_of([&] {
          HttpClient().send({.url = "http://example.com/", .headers = {}, .body = {}});
        }).id() == "oauth.url");
  CHECK(server.requests().empty());
}

}  // namespace
}  // namespace tokctl::oauth
