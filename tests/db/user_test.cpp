#include "db/user.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <functional>
#include <tuple>

#include "db/test_database.h"

namespace tokctl::db::users {
namespace {

using testing::database_kinds;
using testing::Migrated;
using testing::user_row;

void check_equal(const UserRow& a, const UserRow& b) {
  CHECK(a.user.public_id == b.user.public_id);
  CHECK(a.user.email == b.user.email);
  CHECK(a.user.full_name == b.user.full_name);
  CHECK(a.user.status == b.user.status);
  CHECK(a.user.has_password == b.user.has_password);
  CHECK(a.user.created_at == b.user.created_at);
  CHECK(a.user.updated_at == b.user.updated_at);
  CHECK(a.user.password_set_at == b.user.password_set_at);
  CHECK(a.user.deleted_at == b.user.deleted_at);
  CHECK(a.user.roles == b.user.roles);
  CHECK(a.user.phone == b.user.phone);
  CHECK(a.user.email_verified_at == b.user.email_verified_at);
  CHECK(a.user.phone_verified_at == b.user.phone_verified_at);
  CHECK(a.secrets.private_id == b.secrets.private_id);
  CHECK(a.secrets.password_scheme == b.secrets.password_scheme);
  CHECK(a.secrets.password_hash == b.secrets.password_hash);
  CHECK(a.secrets.password_tag == b.secrets.password_tag);
  CHECK(a.secrets.kit_hash == b.secrets.kit_hash);
  CHECK(a.secrets.kit_email == b.secrets.kit_email);
}

UserRow full_row() {
  UserRow row = user_row(1);
  row.user.status = UserStatus::kDisabled;
  row.user.has_password = true;
  row.user.password_set_at = from_unix(1'700'000'500);
  row.user.roles = {"admin", "ops"};
  row.user.phone = "+966500000000";
  row.user.email_verified_at = from_unix(1'700'000'600);
  row.user.phone_verified_at = from_unix(1'700'000'700);
  row.secrets.password_scheme = "kit";
  row.secrets.password_hash = "c2VhbGVk";
  row.secrets.password_tag = std::string(64, 'a');
  row.secrets.kit_hash = "a2l0";
  row.secrets.kit_email = "RW1haWw=";
  return row;
}

Trouble trouble_of(const std::function<void()>& call) {
  try {
    call();
  } catch (const DbError& error) {
    return error.trouble();
  }
  FAIL("no DbError was thrown");
  throw;
}

std::vector<std::string> walk(Handle& db, Query query, const std::function<void()>& between) {
  std::vector<std::string> ids;
  std::optional<User> last;
  for (;;) {
    const auto page = list(db, query, last ? &*last : nullptr);
    for (const auto& row : page) ids.push_back(row.user.public_id);
    if (page.size() < query.limit) return ids;
    last = page.back().user;
    between();
  }
}

TEST_CASE("users: a row comes back as it was written, with and without its optional columns") {
  Migrated database(GENERATE(from_range(database_kinds())));
  const auto row = GENERATE(full_row(), user_row(2));
  insert(*database, row);
  check_equal(find(*database, row.user.public_id).value(), row);
  check_equal(find(*database, row.user.public_id, Locking::kRows).value(), row);
  check_equal(find_by_email(*database, row.user.email).value(), row);
  CHECK(count(*database) == 1);
  CHECK_FALSE(find(*database, "nobody"));
  CHECK_FALSE(find_by_email(*database, "nobody@example.com"));
}

TEST_CASE("users: an update writes what may change and nothing else") {
  Migrated database(GENERATE(from_range(database_kinds())));
  insert(*database, user_row(1));
  UserRow changed = full_row();
  changed.user.email = "new@example.com";
  changed.user.full_name = "New Name";
  changed.user.updated_at = from_unix(1'800'000'000);
  CHECK(update(*database, changed));
  check_equal(find_by_email(*database, "new@example.com").value(), changed);
  CHECK(update(*database, changed));  // matched, though nothing differs

  CHECK(update(*database, user_row(1)));  // the optional columns become empty again
  check_equal(find(*database, changed.user.public_id).value(), user_row(1));
  CHECK_FALSE(update(*database, user_row(2)));
}

TEST_CASE("users: an id and a live email are taken once") {
  Migrated database(GENERATE(from_range(database_kinds())));
  insert(*database, user_row(1));
  UserRow same_id = user_row(2);
  same_id.user.public_id = user_row(1).user.public_id;
  CHECK(trouble_of([&] { insert(*database, same_id); }) == Trouble::kUnique);
  UserRow same_email = user_row(3);
  same_email.user.email = user_row(1).user.email;
  CHECK(trouble_of([&] { insert(*database, same_email); }) == Trouble::kUnique);
  CHECK(count(*database) == 1);
}

TEST_CASE("users: deleting frees the email, and restoring needs it free") {
  Migrated database(GENERATE(from_range(database_kinds())));
  UserRow first = user_row(1);
  insert(*database, first);
  first.user.deleted_at = from_unix(1'800'000'000);
  CHECK(update(*database, first));
  CHECK_FALSE(find_by_email(*database, first.user.email));
  check_equal(find(*database, first.user.public_id).value(), first);

  UserRow second = user_row(2);
  second.user.email = first.user.email;
  insert(*database, second);
  CHECK(find_by_email(*database, first.user.email)->user.public_id == second.user.public_id);
  UserRow third = user_row(3);
  third.user.email = first.user.email;
  third.user.deleted_at = from_unix(1'800'000'001);
  insert(*database, third);  // any number of deleted users may have had it
  CHECK(deleted_with_email(*database, first.user.email, 10) ==
        std::vector{first.user.public_id, third.user.public_id});
  CHECK(deleted_with_email(*database, first.user.email, 1).size() == 1);

  UserRow restored = first;
  restored.user.deleted_at.reset();
  CHECK(trouble_of([&] { update(*database, restored); }) == Trouble::kUnique);
  second.user.deleted_at = from_unix(1'800'000'002);
  CHECK(update(*database, second));
  CHECK(update(*database, restored));
  CHECK(find_by_email(*database, first.user.email)->user.public_id == first.user.public_id);
}

TEST_CASE("users: text compares by bytes") {
  Migrated database(GENERATE(from_range(database_kinds())));
  int number = 0;
  for (const char* email : {"jose@x.com", "jos\u00e9@x.com", "jose\u0301@x.com", "JOSE@x.com",
                            "jose@x.com ", "stra\u00dfe@x.com", "strasse@x.com"}) {
    UserRow row = user_row(++number);
    row.user.email = email;
    insert(*database, row);
    CHECK(find_by_email(*database, email)->user.public_id == row.user.public_id);
  }
}

TEST_CASE("users: names come back byte for byte") {
  Migrated database(GENERATE(from_range(database_kinds())));
  const char* const names[] = {"O'Brien \"the\" `Best`",
                               "Robert'); DROP TABLE users;--",
                               "back\\slash % _ ? $1 :a @b",
                               "\U0001F600\U0001F468\u200D\U0001F469\u200D\U0001F467",
                               "\u0645\u0631\u062D\u0628\u0627 \u202E",
                               "\U00020BB7\u91CE\u5BB6",
                               "e\u0301 \u00e9",
                               "",
                               " leading and trailing "};
  int number = 0;
  for (const std::string name : names) {
    UserRow row = user_row(++number);
    row.user.full_name = name;
    insert(*database, row);
    CHECK(find(*database, row.user.public_id)->user.full_name == name);
    CHECK(list(*database, {.descending = true, .limit = 1}, nullptr).at(0).user.full_name == name);
  }
}

TEST_CASE("users: times need 64 bits") {
  Migrated database(GENERATE(from_range(database_kinds())));
  UserRow row = user_row(1);
  row.user.created_at = from_unix(2'147'483'648);         // 2038-01-19T03:14:08Z
  row.user.updated_at = from_unix(253'402'300'799);       // 9999-12-31T23:59:59Z
  row.user.password_set_at = from_unix(-62'135'596'800);  // 0001-01-01T00:00:00Z
  insert(*database, row);
  check_equal(find(*database, row.user.public_id).value(), row);
}

TEST_CASE("users: a list shows what it is asked for, in order") {
  Migrated database(GENERATE(from_range(database_kinds())));
  // Created in the opposite order of their emails, and every fourth one at the same time as the
  // next.
  constexpr int kUsers = 23;
  {
    Transaction filling(*database, Access::kWrite);
    for (int n = 0; n < kUsers; ++n) {
      UserRow row = user_row(n);
      row.user.created_at = from_unix(2'000 - n / 4);
      if (n % 3 == 0) row.user.status = UserStatus::kDisabled;
      if (n % 5 == 0) row.user.deleted_at = from_unix(3'000);
      insert(*database, row);
    }
    filling.commit();
  }
  std::vector<UserRow> all;
  for (int n = 0; n < kUsers; ++n) all.push_back(*find(*database, user_row(n).user.public_id));
  const auto check = [&](const Query& query) {
    std::vector<UserRow> expected = all;
    std::erase_if(expected, [&](const UserRow& row) {
      return row.user.deleted_at.has_value() != query.deleted ||
             (query.status && row.user.status != *query.status);
    });
    std::ranges::sort(expected, [&](const UserRow& a, const UserRow& b) {
      const auto& [left, right] = query.descending ? std::tie(b, a) : std::tie(a, b);
      if (query.order == Order::kEmail) return left.user.email < right.user.email;
      return std::tie(left.user.created_at, left.user.public_id) <
             std::tie(right.user.created_at, right.user.public_id);
    });
    std::vector<std::string> ids;
    for (const auto& row : expected) ids.push_back(row.user.public_id);
    CHECK(walk(*database, query, [] {}) == ids);
  };

  constexpr std::optional<UserStatus> kStatuses[] = {std::nullopt, UserStatus::kActive,
                                                     UserStatus::kDisabled};
  for (const auto& status : kStatuses) {
    for (const bool descending : {false, true}) {
      for (const std::size_t limit : {1U, 4U, 1000U}) {
        CAPTURE(descending, limit);
        Query query{.descending = descending, .status = status, .limit = limit};
        query.order = Order::kEmail;
        check(query);
        query.order = Order::kCreated;
        check(query);
        query.deleted = true;
        check(query);
      }
    }
  }
}

TEST_CASE("users: a list read in pages misses none and repeats none while users come and go") {
  Migrated database(GENERATE(from_range(database_kinds())));
  const auto order = GENERATE(Order::kEmail, Order::kCreated);
  const auto descending = GENERATE(false, true);
  Transaction sparing_the_disk(*database, Access::kWrite);
  for (int n = 0; n < 200; n += 10) insert(*database, user_row(n));
  // Beside every place in turn: before, at and after where the reader stands.
  int newcomer = 0;
  const auto ids = walk(*database, {.order = order, .descending = descending, .limit = 3}, [&] {
    for (int k = 0; k < 7 && newcomer < 20; ++k, ++newcomer)
      insert(*database, user_row(10 * newcomer + 1 + k));
  });
  auto sorted = ids;
  std::ranges::sort(sorted);
  CHECK(std::ranges::adjacent_find(sorted) == sorted.end());
  for (int n = 0; n < 200; n += 10) {
    CHECK(std::ranges::binary_search(sorted, user_row(n).user.public_id));
  }
}

TEST_CASE("users: those for whom something of kit's is kept, in batches") {
  Migrated database(GENERATE(from_range(database_kinds())));
  std::vector<std::string> kept;
  for (int n = 0; n < 9; ++n) {
    UserRow row = user_row(n);
    if (n % 3 == 1) row.secrets.kit_hash = "hash";
    if (n % 3 == 2) row.secrets.kit_email = "email";
    if (n % 3 != 0) kept.push_back(row.user.public_id);
    row.user.updated_at = from_unix(1'000);
    insert(*database, row);
  }
  UserRow late = user_row(9);
  late.secrets.kit_hash = "hash";
  late.user.updated_at = from_unix(1'001);
  insert(*database, late);
  const Time before = from_unix(1'001);
  CHECK(ids_with_kit(*database, before, "", 100) == kept);
  const auto first = ids_with_kit(*database, before, "", 4);
  const auto rest = ids_with_kit(*database, before, first.back(), 4);
  CHECK(first == std::vector(kept.begin(), kept.begin() + 4));
  CHECK(rest == std::vector(kept.begin() + 4, kept.end()));
}

TEST_CASE("users: emails are completed by prefix") {
  Migrated database(GENERATE(from_range(database_kinds())));
  int number = 0;
  for (const char* email : {"al@x.com", "alan@x.com", "alb@x.com", "al\U0001F600@x.com", "am@x.com",
                            "a%@x.com", "Al@x.com"}) {
    UserRow row = user_row(++number);
    row.user.email = email;
    insert(*database, row);
  }
  UserRow gone = user_row(++number);
  gone.user.email = "alone@x.com";
  gone.user.deleted_at = from_unix(1);
  insert(*database, gone);

  CHECK(emails_with_prefix(*database, "al", 10) ==
        std::vector<std::string>{"al@x.com", "alan@x.com", "alb@x.com", "al\U0001F600@x.com"});
  CHECK(emails_with_prefix(*database, "al", 2).size() == 2);
  CHECK(emails_with_prefix(*database, "a%", 10).size() == 1);
  CHECK(emails_with_prefix(*database, "", 10).size() == 7);
  CHECK(emails_with_prefix(*database, "z", 10).empty());
}

}  // namespace
}  // namespace tokctl::db::users
