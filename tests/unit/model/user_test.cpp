#include "model/user.h"

#include <catch2/catch.hpp>
#include <string>

#include "support/error.h"

namespace tokctl {
namespace {

using testing::error_of;

std::string repeated(std::string_view text, int count) {
  std::string all;
  for (int i = 0; i < count; ++i) all += text;
  return all;
}

TEST_CASE("user statuses have names, both ways") {
  CHECK(to_text(UserStatus::kActive) == "active");
  CHECK(to_text(UserStatus::kDisabled) == "disabled");
  CHECK(user_status_from("active") == UserStatus::kActive);
  CHECK(user_status_from("disabled") == UserStatus::kDisabled);
  CHECK_FALSE(user_status_from("Active"));
  CHECK_FALSE(user_status_from(""));
}

TEST_CASE("an email is stored with A to Z lowercased and nothing else changed") {
  CHECK(normalize_email("bill@ardanlabs.com") == "bill@ardanlabs.com");
  CHECK(normalize_email("Bill+Tag@ArdanLabs.COM") == "bill+tag@ardanlabs.com");
  CHECK(normalize_email("JOS\u00C9@x.com") == "jos\u00C9@x.com");
  CHECK(normalize_email("root@localhost") == "root@localhost");
  CHECK(normalize_email("a@b") == "a@b");
  CHECK(normalize_email("o'brien@x.com") == "o'brien@x.com");
  CHECK(normalize_email("a.@x.com") == "a.@x.com");
  CHECK(normalize_email("\u6F22@\u4F8B\u3048.jp") == "\u6F22@\u4F8B\u3048.jp");
  CHECK(normalize_email("a@xn--e1afmkfd.com") == "a@xn--e1afmkfd.com");
}

TEST_CASE("what is not an email is refused and not repeated") {
  for (const std::string& text : {std::string(),
                                  std::string("@"),
                                  std::string("hunter2"),
                                  std::string("@x.com"),
                                  std::string("hunter2@"),
                                  std::string("a@b@c"),
                                  std::string("hunter2@@x.com"),
                                  std::string("a b@x.com"),
                                  std::string(" a@x.com"),
                                  std::string("a@x.com "),
                                  std::string("a@x.com\n"),
                                  std::string("a\t@x.com"),
                                  std::string("a@x\0.com", 8),
                                  std::string("a\x7F@x.com"),
                                  std::string("a\u0085@x.com"),
                                  std::string("a\u00A0@x.com"),
                                  std::string("a\u3000@x.com"),
                                  std::string("\"hunter2\"@x.com"),
                                  std::string("a,b@x.com"),
                                  std::string("<a@x.com>"),
                                  std::string("a:b@x.com"),
                                  std::string("a@.com"),
                                  std::string("a@x..com"),
                                  std::string("a@x.com."),
                                  std::string("a@."),
                                  std::string("a@-x.com"),
                                  std::string("a@x-.com"),
                                  std::string("a@x_y.com"),
                                  std::string("a@[127.0.0.1]"),
                                  std::string("a\xFF@x.com"),
                                  std::string("a\xC3@x.com"),
                                  std::string("a@x.com\xED\xA0\x80")}) {
    CAPTURE(text);
    const Error error = error_of([&] { normalize_email(text); });
    CHECK(error.code() == Code::kUsage);
    CHECK(error.id() == "user.email");
    CHECK(error.message().find("hunter2") == std::string::npos);
  }
}

TEST_CASE("an email has at most 100 characters, however many bytes") {
  CHECK(normalize_email(std::string(94, 'a') + "@x.com").size() == 100);
  CHECK_THROWS_AS(normalize_email(std::string(95, 'a') + "@x.com"), Error);
  CHECK(normalize_email(repeated("\U00020000", 94) + "@x.com").size() == 94 * 4 + 6);
  CHECK_THROWS_AS(normalize_email(repeated("\U00020000", 95) + "@x.com"), Error);
  CHECK_THROWS_AS(normalize_email(std::string(1 << 20, 'a') + "@x.com"), Error);
}

TEST_CASE("a full name is a line of text") {
  for (const char* name : {"Bill Kennedy", "O'Brien \"Bob\"; DROP TABLE users", "\U0001F600",
                           "\u05D3\u05D5\u05D3", "\u202Ename", "x", "\\", "  x  "}) {
    CAPTURE(name);
    CHECK_NOTHROW(check_full_name(name, 1));
  }
  for (const std::string& name :
       {std::string(), std::string(" "), std::string("\u3000 \u00A0"), std::string("a\nb"),
        std::string("a\x1b[2J"), std::string("a\0b", 3), std::string("a\u009Bb"),
        std::string("a\xFF"), std::string("\xED\xA0\x80")}) {
    CAPTURE(name);
    const Error error = error_of([&] { check_full_name(name, 1); });
    CHECK(error.code() == Code::kUsage);
    CHECK(error.id() == "user.name");
  }
}

TEST_CASE("a full name is counted in characters") {
  CHECK_NOTHROW(check_full_name(repeated("\U0001F600", 200), 1));
  CHECK_THROWS_AS(check_full_name(repeated("\U0001F600", 201), 1), Error);
  CHECK_NOTHROW(check_full_name(repeated("\u00E9", 8), 8));
  CHECK_THROWS_AS(check_full_name(repeated("\u00E9", 7), 8), Error);
  CHECK_THROWS_AS(check_full_name("", 0), Error);
}

TEST_CASE("a password is counted in characters, never cut") {
  CHECK_NOTHROW(check_password(SecretString("12345678")));
  CHECK_NOTHROW(check_password(SecretString(repeated("\U0001F600", 8))));
  CHECK_NOTHROW(check_password(SecretString(repeated("\U0001F600", 128))));
  CHECK_NOTHROW(check_password(SecretString("pass\nword\t ")));
  for (const std::string& weak :
       {std::string(), std::string("1234567"), repeated("\U0001F600", 7)}) {
    const Error error = error_of([&] { check_password(SecretString(weak)); });
    CHECK(error.code() == Code::kPolicy);
    CHECK(error.id() == "password.weak");
  }
  for (const std::string& invalid :
       {std::string(129, 'x'), std::string(1 << 20, 'x'), std::string("1234567\xFF"),
        std::string("12345678\0", 9), std::string("\0", 1), std::string("\xC3"),
        std::string("1234567\xED\xA0\x80")}) {
    const Error error = error_of([&] { check_password(SecretString(invalid)); });
    CHECK(error.code() == Code::kUsage);
    CHECK(error.id() == "password.invalid");
  }
}

TEST_CASE("a user is named by email or by PublicID") {
  const UserRef by_id = parse_user_ref("6dcda2da-92c3-41e5-8994-feff819cdc9f");
  CHECK(by_id.public_id == "6dcda2da-92c3-41e5-8994-feff819cdc9f");
  CHECK(by_id.email.empty());
  const UserRef by_email = parse_user_ref("Bill@ardanlabs.com");
  CHECK(by_email.email == "bill@ardanlabs.com");
  CHECK(by_email.public_id.empty());
  CHECK(parse_user_ref("6dcda2da-92c3-41e5-8994-feff819cdc9f@x.com").public_id.empty());
  for (const char* text : {"", "bill", "6DCDA2DA-92C3-41E5-8994-FEFF819CDC9F", "hunter2", "@",
                           "a@b@c", "00000000-0000-0000-0000-000000000000"}) {
    CAPTURE(text);
    const Error error = error_of([&] { parse_user_ref(text); });
    CHECK(error.code() == Code::kUsage);
    CHECK(error.id() == "user.reference");
    CHECK(error.message() == "a user is named by email or by PublicID");
  }
}

}  // namespace
}  // namespace tokctl
