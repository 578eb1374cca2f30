#include "base/url.h"

#include <catch2/catch.hpp>
#include <string>

namespace tokctl {
namespace {

TEST_CASE("a URL without a password is shown as it is") {
  for (const char* url : {"",
                          "sqlite:tokctl.db",
                          "sqlite:/home/a@b/x:y.db",
                          "sqlite:/tmp/compass=1.db",
                          "postgres://tokctl@db/tokctl",
                          "postgres://db:5432/tokctl",
                          "postgres://[::1]:5432/tokctl",
                          "postgres://u@[::1]:5432/t",
                          "postgres://h1:1,h2:2,[::1]:3/tokctl",
                          "postgres://h1,h2/t",
                          "postgres:///tokctl?host=/run/postgresql",
                          "postgres://u@h/t?passfile=/home/u/.pgpass",
                          "mysql://u@h/t?socket=/run/s&password-file=/home/u/pw",
                          "postgresql://u:@h/t",
                          "postgres://h:/t",
                          "postgres://h/t?password=",
                          "postgres://h:5432/t?user=a@b",
                          "mysql://u@h:3306/t?ssl-ca=/etc/a@b.pem",
                          "redis://h:6379/0",
                          "unix:///run/redis.sock?db=0",
                          "unix:/run/a:b@c.sock",
                          "u@h/t",
                          "u@h:5432/t",
                          "postgres://",
                          "://",
                          ":",
                          "@"}) {
    CAPTURE(url);
    CHECK_FALSE(has_password(url));
    CHECK(without_password(url) == url);
  }
}

TEST_CASE("a password is found wherever it stands") {
  const auto [url, shown] = GENERATE(table<std::string, std::string>({
      {"postgres://u:secret@h/t", "postgres://u:***@h/t"},
      {"postgres://:secret@h/t", "postgres://:***@h/t"},
      {"redis://:secret@h:6379/0", "redis://:***@h:6379/0"},
      {"redis://secret@h:6379/0", "redis://***@h:6379/0"},
      {"postgres://u:secret@[::1]:1/t", "postgres://u:***@[::1]:1/t"},
      {"mysql://a@corp:secret@h/t", "mysql://a@corp:***@h/t"},
      {"postgres://h/t?password=secret", "postgres://h/t?password=***"},
      {"postgres://h/t?PassWord=secret", "postgres://h/t?PassWord=***"},
      {"postgres://h/t?p%61ssword=secret", "postgres://h/t?p%61ssword=***"},
      {"postgres://h/t?p%61%73%73word=secret", "postgres://h/t?p%61%73%73word=***"},
      {"postgres://h/t?a=b&password=secret&c=d", "postgres://h/t?a=b&password=***&c=d"},
      {"postgres://h/t?password=secret&password=again", "postgres://h/t?password=***&password=***"},
      {"postgres://h/t?sslpassword=secret", "postgres://h/t?sslpassword=***"},
      {"mysql://h/t?pwd=secret", "mysql://h/t?pwd=***"},
      {"unix:///run/redis.sock?password=secret&db=0", "unix:///run/redis.sock?password=***&db=0"},
      {"postgres://u:secret@h/t?password=secret", "postgres://u:***@h/t?password=***"},
      {"host=h user=u password=secret", "host=h user=u password=***"},
      {"postgres:/u:secret@h/t", "postgres:***@h/t"},
      {"postgres:u:secret@h/t?pwd=secret", "postgres:***@h/t?pwd=***"},
      {"redis:secret@h", "redis:***@h"},
      {"u:secret@h/t", "u:***@h/t"},
  }));
  CAPTURE(url);
  CHECK(has_password(url));
  CHECK(without_password(url) == shown);
}

TEST_CASE("a password among a URL's parameters goes on to the next of them") {
  for (const char* rest : {"", ";cret", " cret", "?cret", "@cret", "/cret", "#cret", ";a=cret"}) {
    CAPTURE(rest);
    CHECK(without_password("postgres://h/t?password=se" + std::string(rest) + "&a=b") ==
          "postgres://h/t?password=***&a=b");
    CHECK(without_password("mysql://h/t?a=b;password=se" + std::string(rest)) ==
          "mysql://h/t?a=b;password=***");
  }
  CHECK(without_password("postgres://h/t?password=&password=x") ==
        "postgres://h/t?password=&password=***");
}

// Characters that should have been percent-encoded do not uncover a part of the password.
TEST_CASE("a password that breaks its URL is hidden whole") {
  for (const char* password :
       {"se/cret", "se?cret", "se#cret", "se@cret", "se:cret", "s/e@c/ret", "se@c?ret", "se@c#ret",
        "/secret", "@secret", "se cret", "12/cret@x"}) {
    const std::string url = "postgres://u:" + std::string(password) + "@host/tokctl";
    CAPTURE(url);
    const std::string shown = without_password(url);
    CHECK(has_password(url));
    CHECK(shown.find("cret") == std::string::npos);
    CHECK(shown.starts_with("postgres://u:***"));
  }
}

TEST_CASE("hiding twice hides no more") {
  for (const char* url :
       {"postgres://u:secret@h/t?password=x", "redis://secret@h", "a?pass=b c", "a:b@c:d@e"}) {
    const std::string once = without_password(url);
    CHECK(without_password(once) == once);
  }
}

}  // namespace
}  // namespace tokctl
