// What others do between what a use case reads ahead and what it then writes.
#include <catch2/catch.hpp>
#include <functional>
#include <string>
#include <utility>

#include "unit/auth/faulty_fixture.h"

using namespace tokctl;
using namespace tokctl::test;

namespace {

struct Meanwhile : Faulty<Fixture> {
  Meanwhile() { open_faulty(); }

  // Another process does this, once.
  void before_writing(const std::function<void(Tokctl& other)>& deed) {
    driver->fault = [this, deed, done = false](At at) mutable {
      if (at != At::kBegin || std::exchange(done, true)) return;
      Tokctl other = open(config(), clock, random);
      deed(other);
    };
  }
  bool logs_in(std::string_view password) {
    const auto verdict = t->users().login("bill@example.com", secret(password));
    const auto* refused = std::get_if<auth::LoginRefusal>(&verdict);
    if (refused != nullptr) why = refused->kind;
    return refused == nullptr;
  }

  std::optional<auth::LoginRefusal::Kind> why;
};

constexpr const char* kPassword = "correct horse";

}  // namespace

TEST_CASE_METHOD(Meanwhile, "meanwhile: a login is of who has the email and the password then") {
  const User bill = user_with_password("bill@example.com", kPassword);
  const auto recreate = [&](Tokctl& other) {
    other.users().create({.email = bill.email, .full_name = "Bill", .password = secret(kPassword)});
  };
  SECTION("another password was set") {
    before_writing(
        [&](Tokctl& other) { other.users().set_password(by_id(bill), secret("another one")); });
  }
  SECTION("he was disabled") {
    before_writing([&](Tokctl& other) { other.users().disable(by_id(bill)); });
  }
  SECTION("he was deleted") {
    before_writing([&](Tokctl& other) { other.users().remove(by_id(bill)); });
  }
  SECTION("he was deleted, and another has his email") {
    before_writing([&](Tokctl& other) {
      other.users().remove(by_id(bill));
      recreate(other);
    });
  }
  SECTION("he came") {
    t->users().remove(by_id(bill));
    before_writing(recreate);
  }
  CHECK_FALSE(logs_in(kPassword));
  CHECK(why == auth::LoginRefusal::Kind::kWrong);
  CHECK(raw().one("SELECT failures FROM login_throttle") == "1");
}

TEST_CASE_METHOD(Meanwhile, "meanwhile: no session begins with a password that was replaced") {
  t->jwks().create(crypto::JwsAlgorithm::kEdDsa);
  const User bill = user_with_password("bill@example.com", kPassword);
  const auto login = std::get<auth::LoggedIn>(t->users().login(bill.email, secret(kPassword)));
  const auto begins = [&] {
    return error_of([&] {
             t->tokens().issue_web(by_id(bill), {.source = {}, .password_tag = login.password_tag});
           }) +
           ", " + error_of([&] {
             t->tokens().issue_jwt(by_id(bill),
                                   {.with_refresh = true, .password_tag = login.password_tag});
           });
  };
  CHECK(begins() == "nothing, nothing");
  t->users().update(by_id(bill), {.email = "bill@example.net"});  // not of the password
  CHECK(begins() == "nothing, nothing");
  t->users().set_password(by_id(bill), secret("another one"));
  CHECK(begins() == "user.password_replaced, user.password_replaced");
  CHECK(raw().one("SELECT count(*) FROM sessions WHERE revoked_at IS NULL") == "0");
}

TEST_CASE_METHOD(Meanwhile,
                 "meanwhile: of many guesses at once, those after the third are wasted") {
  user_with_password("bill@example.com", kPassword);
  before_writing([&](Tokctl& other) {
    for (int i = 0; i < 3; ++i) other.users().login("bill@example.com", secret("a guess"));
  });
  CHECK_FALSE(logs_in(kPassword));
  CHECK(why == auth::LoginRefusal::Kind::kDelayed);
}

TEST_CASE_METHOD(Meanwhile, "meanwhile: tokens of a user who is gone are nobody's to end") {
  const User bill = user();
  before_writing([&](Tokctl& other) { other.users().remove(by_id(bill)); });
  CHECK(error_of([&] { t->tokens().revoke_all({.user = by_id(bill)}); }) == "user.not_found");
}
