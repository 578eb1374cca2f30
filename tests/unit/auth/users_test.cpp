#include <catch2/catch.hpp>
#include <set>

#include "unit/auth/fixture.h"

using namespace tokctl;
using namespace tokctl::test;

TEST_CASE_METHOD(Fixture, "users: a created user is found by id and by email in any case") {
  const User made = user("Bill@Example.COM");
  CHECK(made.email == "bill@example.com");
  CHECK(t->users().get(by_id(made)).full_name == "Bill Kennedy");
  CHECK(t->users().get(parse_user_ref("BILL@example.com")).public_id == made.public_id);
  CHECK(made.created_at == clock.now());
  CHECK_FALSE(made.has_password);
}

TEST_CASE_METHOD(Fixture, "users: an email belongs to one user, however it is spelled") {
  user("bill@example.com");
  CHECK(error_of([&] { user("BILL@EXAMPLE.COM"); }) == "user.exists");
  const User other = user("jose@example.com");
  user("josé@example.com");  // another email, not a spelling of the same
  CHECK(error_of([&] { t->users().update(by_id(other), {.email = "Bill@example.com"}); }) ==
        "user.exists");
  CHECK(t->users().get(by_id(other)).email == "jose@example.com");
}

TEST_CASE_METHOD(Fixture, "users: update lowercases the email and moves updated_at") {
  const User made = user();
  clock.advance(std::chrono::hours(1));
  const auto change = t->users().update(by_id(made), {.email = "NEW@example.com"});
  CHECK(change.changed);
  CHECK(change.user.email == "new@example.com");
  CHECK(t->users().get(by_id(made)).updated_at == clock.now());
  CHECK(t->users().get(by_id(made)).created_at == made.created_at);
  CHECK_FALSE(t->users().find(by_email("bill@example.com")));
  CHECK_FALSE(t->users().update(by_id(made), {.email = "new@EXAMPLE.com"}).changed);
}

TEST_CASE_METHOD(Fixture, "users: status changes only when asked, and says whether it did") {
  const User made = user();
  CHECK(t->users().update(by_id(made), {.full_name = "William"}).user.status ==
        UserStatus::kActive);
  CHECK(t->users().disable(by_id(made)).changed);
  CHECK_FALSE(t->users().disable(by_id(made)).changed);
  CHECK(t->users().update(by_id(made), {.full_name = "Bill"}).user.status == UserStatus::kDisabled);
  CHECK_FALSE(t->users().find(by_id(made), true));
  CHECK(t->users().find(by_id(made)));
  CHECK(t->users().enable(by_id(made)).changed);
  CHECK(t->users().find(by_id(made), true));
}

TEST_CASE_METHOD(Fixture, "users: a deleted one is gone from every look-up and frees the email") {
  const User made = user();
  const auto token = issue(made);
  CHECK(t->users().remove(by_id(made)).sessions_revoked == 1);

  CHECK_FALSE(t->users().find(by_id(made)));
  CHECK_FALSE(t->users().find(by_email(made.email)));
  CHECK(t->users().list({}).rows.empty());
  CHECK(t->users().list({.order = auth::UserQuery::Order::kCreated}).rows.empty());
  CHECK(t->users().emails_with_prefix("bill", 10).empty());
  CHECK_FALSE(accepts(token.token));
  CHECK(error_of([&] { t->users().enable(by_id(made)); }) == "user.not_found");
  CHECK(error_of([&] { t->users().remove(by_id(made)); }) == "user.not_found");
  CHECK(error_of([&] { issue(made); }) == "user.not_found");
  CHECK(t->users().list({.deleted = true}).rows.size() == 1);

  const User second = user();
  CHECK(second.public_id != made.public_id);
  CHECK(error_of([&] { t->users().restore(by_id(made)); }) == "user.exists");
  t->users().remove(by_id(second));
  CHECK(error_of([&] { t->users().restore(by_email(made.email)); }) == "user.ambiguous");
  CHECK(t->users().restore(by_id(made)).changed);
  CHECK_FALSE(t->users().restore(by_id(made)).changed);
  CHECK(t->users().get(by_email(made.email)).public_id == made.public_id);
  CHECK_FALSE(accepts(token.token));  // sessions do not come back
}

TEST_CASE_METHOD(Fixture, "users: lists come in order, page by page, each user once") {
  std::set<std::string> emails;
  for (int i = 0; i < 25; ++i) {
    const std::string email = "u" + std::to_string(i * 7 % 25) + "@example.com";
    emails.insert(email);
    user(email);
    if (i % 10 == 0) clock.advance(Seconds(1));
  }
  for (const auto order : {auth::UserQuery::Order::kEmail, auth::UserQuery::Order::kCreated}) {
    for (const bool descending : {false, true}) {
      auth::UserQuery query{.order = order, .descending = descending, .limit = 7};
      std::vector<User> seen;
      do {
        auto page = t->users().list(query);
        query.page_token = page.next;
        seen.insert(seen.end(), page.rows.begin(), page.rows.end());
      } while (!query.page_token.empty());
      CHECK(seen.size() == 25);
      for (std::size_t i = 1; i < seen.size(); ++i) {
        const auto key = [&](const User& u) {
          return order == auth::UserQuery::Order::kEmail
                     ? std::pair(std::int64_t{0}, u.email)
                     : std::pair(to_unix(u.created_at), u.public_id);
        };
        CHECK((descending ? key(seen[i]) < key(seen[i - 1]) : key(seen[i - 1]) < key(seen[i])));
      }
    }
  }
  CHECK_FALSE(t->users().list({.limit = 24}).next.empty());
  CHECK(t->users().list({.limit = 25}).next.empty());  // a full page that is the last
  CHECK(error_of([&] { t->users().list({.page_token = "bm9uc2Vuc2U"}); }) == "page.token");
  CHECK(error_of([&] { t->users().list({.limit = 0}); }) == "page.limit");
  CHECK(error_of([&] { t->users().list({.limit = kPageMax + 1}); }) == "page.limit");
}

TEST_CASE_METHOD(Fixture, "users: what the model refuses is not stored") {
  CHECK(error_of([&] { user("no-at-sign"); }) == "user.email");
  CHECK(error_of([&] {
          t->users().create({.email = "a@example.com", .full_name = "", .password = {}});
        }) == "user.name");
  CHECK(error_of([&] { user_with_password("a@example.com", "short"); }) == "password.weak");
  const User made = user();
  CHECK(error_of([&] { t->users().set_password(by_id(made), secret("1234567")); }) ==
        "password.weak");
  CHECK(t->users().list({}).rows.size() == 1);
  CHECK(raw().one("SELECT COUNT(*) FROM events WHERE type LIKE 'user.%'") == "1");
}

TEST_CASE_METHOD(Fixture, "users: a dry run answers as if it had done it and changes nothing") {
  const User made = user();
  Config dry = config();
  dry.dry_run = true;
  auto rehearsal = open(dry, clock, random);
  CHECK(rehearsal.users()
            .create({.email = "new@example.com", .full_name = "New", .password = {}})
            .email == "new@example.com");
  CHECK(rehearsal.users().disable(by_id(made)).changed);
  CHECK(error_of([&] {
          rehearsal.users().create({.email = made.email, .full_name = "B", .password = {}});
        }) == "user.exists");
  CHECK_FALSE(t->users().find(by_email("new@example.com")));
  CHECK(t->users().get(by_id(made)).status == UserStatus::kActive);
  t->audit().verify();
}

TEST_CASE_METHOD(Fixture,
                 "users: roles are added and taken away, and a new phone is not verified") {
  const User made = user();
  auto change = t->users().update(by_id(made), {.add_roles = {"admin", "ops"}});
  CHECK(change.changed);
  CHECK(change.user.roles == std::vector<std::string>{"admin", "ops"});
  CHECK_FALSE(
      t->users().update(by_id(made), {.add_roles = {"ops"}, .remove_roles = {"no"}}).changed);
  change = t->users().update(by_id(made), {.remove_roles = {"admin"}, .phone = "+966500000000"});
  CHECK(change.user.roles == std::vector<std::string>{"ops"});
  CHECK(change.user.phone == "+966500000000");
  CHECK_FALSE(change.user.phone_verified_at);
  CHECK(error_of([&] { t->users().update(by_id(made), {.add_roles = {"a b"}}); }) == "user.role");
  CHECK(error_of([&] { t->users().update(by_id(made), {.add_roles = {"twice", "twice"}}); }) ==
        "user.role");
  CHECK(error_of([&] { t->users().update(by_id(made), {.remove_roles = {"a b"}}); }) ==
        "user.role");
  CHECK(error_of([&] { t->users().update(by_id(made), {.phone = "12345678"}); }) == "user.phone");
  CHECK(t->users().update(by_id(made), {.phone = ""}).user.phone.empty());
}

TEST_CASE_METHOD(Fixture, "users: without a password each has a tag of his own") {
  for (const char* name : {"a", "b", "c"}) user(std::string(name) + "@example.com");
  CHECK(raw().one("SELECT count(DISTINCT password_tag) FROM users") == "3");
}
