#include <catch2/catch.hpp>

#include "unit/auth/fixture.h"

using namespace tokctl;
using namespace tokctl::test;
using Kind = auth::LoginRefusal::Kind;

namespace {

struct LoginFixture : Fixture {
  LoginFixture() { made = user_with_password("bill@example.com", "correct horse"); }

  // Nothing when the login succeeded.
  std::optional<Kind> attempt(std::string_view password,
                              const std::string& email = "bill@example.com") {
    const auto verdict = t->users().login(email, secret(password));
    const auto* refused = std::get_if<auth::LoginRefusal>(&verdict);
    if (refused != nullptr) retry_after = refused->retry_after;
    return refused != nullptr ? std::optional(refused->kind) : std::nullopt;
  }

  User made;
  Seconds retry_after{0};
};

constexpr auto kIn = std::nullopt;  // what `attempt` says of a success

}  // namespace

TEST_CASE_METHOD(LoginFixture, "login: the right password, in any spelling of the email") {
  CHECK(attempt("correct horse") == kIn);
  CHECK(attempt("correct horse", "BILL@Example.com") == kIn);
  CHECK(attempt("correct hors") == Kind::kWrong);
  CHECK(attempt("correct horse ") == Kind::kWrong);
}

TEST_CASE_METHOD(LoginFixture, "login: unknown, wrong, disabled and unset look the same") {
  t->users().disable(by_id(made));
  user("none@example.com");
  for (const std::string email : {"bill@example.com", "nobody@example.com", "none@example.com"}) {
    const auto before = clock.slept();
    CHECK(attempt("correct horse", email) == Kind::kWrong);
    CHECK(clock.slept() - before == std::chrono::milliseconds(400));  // the floor
  }
  CHECK(raw().one("SELECT COUNT(*) FROM login_throttle") == "3");
}

TEST_CASE_METHOD(LoginFixture, "login: every character of a password counts") {
  const std::string shared(100, 'x');
  t->users().set_password(by_id(made), secret(shared + "1"));
  CHECK(attempt(shared + "2") == Kind::kWrong);
  CHECK(attempt(shared + "1") == kIn);
}

TEST_CASE_METHOD(LoginFixture, "login: from the third failure on, attempts are refused unjudged") {
  CHECK(attempt("wrong one") == Kind::kWrong);
  CHECK(attempt("wrong two") == Kind::kWrong);
  CHECK(attempt("wrong three") == Kind::kWrong);
  Seconds wait(1);
  for (int failures = 3; failures < 12; ++failures) {
    CHECK(attempt("correct horse") == Kind::kDelayed);
    CHECK(retry_after == wait);
    if (wait > Seconds(1)) {
      clock.advance(wait - Seconds(1));
      CHECK(attempt("correct horse") == Kind::kDelayed);  // and being refused did not count
      clock.advance(Seconds(1));
    } else {
      clock.advance(wait);
    }
    CHECK(attempt("wrong again") == Kind::kWrong);
    wait = std::min(wait * 2, Seconds(60));
  }
  clock.advance(Seconds(60));
  CHECK(attempt("correct horse") == kIn);
  CHECK(attempt("wrong") == Kind::kWrong);  // the row of failures has begun anew
  CHECK(attempt("correct horse") == kIn);
}

TEST_CASE_METHOD(LoginFixture, "login: an email that nobody has is delayed just so") {
  for (int i = 0; i < 3; ++i) CHECK(attempt("whatever", "nobody@example.com") == Kind::kWrong);
  CHECK(attempt("whatever", "nobody@example.com") == Kind::kDelayed);
  CHECK(attempt("correct horse") == kIn);
}

TEST_CASE_METHOD(LoginFixture, "login: a hundred failures lock for the day, unlock opens") {
  raw().run("INSERT INTO login_throttle SELECT 'x', 0, 0, 0 WHERE 0");  // the table is there to be
                                                                        // written
  CHECK(attempt("wrong") == Kind::kWrong);
  raw().run("UPDATE login_throttle SET failures = 0, day_failures = 99");
  CHECK(attempt("wrong") == Kind::kWrong);
  raw().run("UPDATE login_throttle SET failures = 0");
  CHECK(attempt("correct horse") == Kind::kLocked);
  const auto midnight = std::chrono::floor<std::chrono::days>(clock.now()) + std::chrono::days(1);
  CHECK(retry_after == midnight - clock.now());

  SECTION("until midnight, UTC") {
    clock.set(midnight - Seconds(1));
    CHECK(attempt("correct horse") == Kind::kLocked);
    clock.set(midnight);
    CHECK(attempt("correct horse") == kIn);
  }
  SECTION("or until somebody unlocks it") {
    CHECK(t->users().unlock("Bill@example.com"));
    CHECK_FALSE(t->users().unlock("bill@example.com"));
    const auto events = t->audit().list({.type = "user.unlocked", .page_token = {}}).rows;
    REQUIRE(events.size() == 1);
    CHECK(events.front().public_id == made.public_id);
    CHECK(attempt("correct horse") == kIn);
  }
  CHECK(raw().one("SELECT COUNT(*) FROM events WHERE type = 'user.login_locked'") == "1");
}

TEST_CASE_METHOD(LoginFixture, "login: the owner's success does not forget the day's failures") {
  CHECK(attempt("wrong") == Kind::kWrong);
  raw().run("UPDATE login_throttle SET failures = 1, day_failures = 98");
  CHECK(attempt("correct horse") == kIn);
  CHECK(attempt("wrong") == Kind::kWrong);
  CHECK(attempt("wrong") == Kind::kWrong);
  CHECK(attempt("correct horse") == Kind::kLocked);
}

TEST_CASE_METHOD(LoginFixture, "login: each day is counted by itself") {
  CHECK(attempt("wrong") == Kind::kWrong);
  raw().run("UPDATE login_throttle SET failures = 0, day_failures = 99");
  clock.advance(std::chrono::hours(24));
  CHECK(attempt("wrong") == Kind::kWrong);
  CHECK(attempt("correct horse") == kIn);
}

TEST_CASE_METHOD(LoginFixture, "login: single failures leave no event, the delay leaves one") {
  for (int i = 0; i < 3; ++i) attempt("wrong");
  CHECK(raw().one("SELECT COUNT(*) FROM events WHERE type = 'user.login_delayed'") == "1");
  CHECK(raw().one("SELECT COUNT(*) FROM events WHERE type LIKE 'user.login%'") == "1");
  t->audit().verify();
}

TEST_CASE_METHOD(LoginFixture, "login: a clock set back locks nobody out for long") {
  for (int i = 0; i < 3; ++i) attempt("wrong");
  clock.set(clock.now() - std::chrono::hours(1));
  CHECK(attempt("correct horse") == Kind::kDelayed);
  CHECK(retry_after <= Seconds(60));
}
