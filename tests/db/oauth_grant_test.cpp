#include "db/oauth_grant.h"

#include <catch2/catch.hpp>
#include <functional>

#include "db/oauth_provider.h"
#include "db/test_database.h"
#include "support/error.h"

namespace tokctl::db::oauth_grants {
namespace {

using testing::database_kinds;
using testing::uuid;

const Time kNow = from_unix(1'800'000'000);

// With two providers in it.
class Grants : public testing::Migrated {
 public:
  explicit Grants(const std::string& kind) : Migrated(kind) {
    for (const char* name : {"github", "salla"}) {
      oauth_providers::insert(**this, {.provider = {.name = name}, .client_secret = {}});
    }
  }
  GrantRow add(int number, const GrantRef& ref,
               const std::function<void(GrantRow&)>& change = nullptr) {
    GrantRow row{.grant = {.id = uuid(number),
                           .ref = ref,
                           .created_at = from_unix(1'700'000'000),
                           .obtained_at = from_unix(1'700'000'001)},
                 .access_token = {},
                 .refresh_token = {},
                 .lease_until = {}};
    if (change) change(row);
    insert(**this, row);
    return row;
  }
  // One that is due at `expires_at`.
  GrantRow add_due(int number, Time expires_at) {
    return add(number, {.account = std::to_string(number), .provider = "salla"},
               [&](GrantRow& row) {
                 row.refresh_token = "sealed";
                 row.grant.has_refresh_token = true;
                 row.grant.expires_at = expires_at;
               });
  }
  std::vector<std::string> due_ids(Time until, const Due* after = nullptr, std::size_t limit = 10) {
    std::vector<std::string> ids;
    for (const Due& due : due(**this, until, kNow, after, limit)) ids.push_back(due.id);
    return ids;
  }
};

void check_equal(const GrantRow& a, const GrantRow& b) {
  CHECK(a.grant.id == b.grant.id);
  CHECK(a.grant.ref.account == b.grant.ref.account);
  CHECK(a.grant.ref.provider == b.grant.ref.provider);
  CHECK(a.grant.ref.label == b.grant.ref.label);
  CHECK(a.grant.kind == b.grant.kind);
  CHECK(a.grant.state == b.grant.state);
  CHECK(a.grant.scope == b.grant.scope);
  CHECK(a.grant.has_refresh_token == b.grant.has_refresh_token);
  CHECK(a.grant.created_at == b.grant.created_at);
  CHECK(a.grant.obtained_at == b.grant.obtained_at);
  CHECK(a.grant.expires_at == b.grant.expires_at);
  CHECK(a.grant.refreshed_at == b.grant.refreshed_at);
  CHECK(a.grant.failures == b.grant.failures);
  CHECK(a.grant.last_error == b.grant.last_error);
  CHECK(a.grant.failed_at == b.grant.failed_at);
  CHECK(a.grant.retry_at == b.grant.retry_at);
  CHECK(a.access_token == b.access_token);
  CHECK(a.refresh_token == b.refresh_token);
  CHECK(a.generation == b.generation);
  CHECK(a.lease_id == b.lease_id);
  CHECK(a.lease_until == b.lease_until);
}

TEST_CASE("oauth grants: a row comes back as it was written") {
  Grants database(GENERATE(from_range(database_kinds())));
  const GrantRef ref{.account = "Jos\u00e9's \U0001F511", .provider = "salla", .label = "shop-2"};
  const auto fill = [](GrantRow& row) {
    row.grant.kind = GrantKind::kClientCredentials;
    row.grant.state = GrantState::kNeedsReauth;
    row.grant.scope = "a b";
    row.grant.has_refresh_token = true;
    row.grant.expires_at = from_unix(4'000'000'000);
    row.grant.refreshed_at = from_unix(1'700'000'002);
    row.grant.failures = 3;
    row.grant.last_error = "example.com refused: invalid_grant";
    row.grant.failed_at = from_unix(1'700'000'003);
    row.grant.retry_at = from_unix(1'700'000'004);
    row.access_token = std::string(30'000, 'a');
    row.refresh_token = "sealed";
    row.generation = 7;
    row.lease_id = uuid(99);
    row.lease_until = from_unix(1'700'000'005);
  };
  GrantRow full = database.add(1, ref, fill);
  const GrantRow bare = database.add(2, {.account = "a", .provider = "salla"});
  for (const GrantRow& row : {full, bare}) {
    check_equal(find(*database, row.grant.id).value(), row);
    check_equal(find(*database, row.grant.ref).value(), row);
  }
  CHECK_FALSE(find(*database, uuid(9)));
  CHECK_FALSE(find(*database, GrantRef{.account = "A", .provider = "salla"}));
  CHECK(testing::code_of([&] { database.add(3, ref); }) == Code::kConflict);
  CHECK(testing::error_of([&] { database.add(3, {.account = "a", .provider = "no"}); }).id() ==
        "db.constraint");

  full.grant.state = GrantState::kRevoked;
  full.access_token.reset();
  full.lease_id.clear();
  full.grant.retry_at.reset();
  CHECK(update(*database, full));
  check_equal(find(*database, full.grant.id).value(), full);
  GrantRow changed = bare;
  fill(changed);
  CHECK(update(*database, changed));
  check_equal(find(*database, bare.grant.id).value(), changed);

  CHECK(count_of_provider(*database, "salla") == 2);
  CHECK(remove(*database, full.grant.id));
  CHECK_FALSE(remove(*database, full.grant.id));
  CHECK_FALSE(update(*database, full));
  CHECK(count_of_provider(*database, "salla") == 1);
  CHECK(count_of_provider(*database, "github") == 0);
}

TEST_CASE("oauth grants: a lease goes to one, on what it has read") {
  Grants database(GENERATE(from_range(database_kinds())));
  GrantRow row = database.add(1, {.account = "a", .provider = "salla"});
  const Time until = kNow + Seconds(30);
  CHECK(take_lease(*database, row, uuid(50), kNow, until));
  CHECK_FALSE(take_lease(*database, row, uuid(51), kNow, until));
  CHECK_FALSE(take_lease(*database, row, uuid(51), until - Seconds(1), until));
  CHECK(find(*database, row.grant.id)->lease_id == uuid(50));
  CHECK(find(*database, row.grant.id)->lease_until == until);
  // Whoever had it is gone.
  CHECK(take_lease(*database, row, uuid(51), until, until + Seconds(30)));
  CHECK(find(*database, row.grant.id)->lease_id == uuid(51));

  const auto stale = [&](const std::function<void(GrantRow&)>& change) {
    GrantRow next = row;
    change(next);
    update(*database, next);
    CHECK_FALSE(take_lease(*database, row, uuid(52), kNow, until));
    update(*database, row);
  };
  stale([](GrantRow& next) { next.generation = 1; });
  stale([](GrantRow& next) { next.grant.failures = 1; });
  stale([](GrantRow& next) { next.grant.state = GrantState::kNeedsReauth; });
  stale([](GrantRow& next) { next.grant.state = GrantState::kRevoked; });
  CHECK(take_lease(*database, row, uuid(52), kNow, until));
}

TEST_CASE("oauth grants: lists by account, page by page") {
  Grants database(GENERATE(from_range(database_kinds())));
  int number = 0;
  for (const char* account : {"b", "a"}) {
    for (const char* provider : {"salla", "github"}) {
      for (const char* label : {"x", ""}) {
        database.add(++number, {account, provider, label}, [&](GrantRow& row) {
          if (number % 2 == 0) row.grant.expires_at = kNow + Seconds(number);
          if (number == 1) row.grant.state = GrantState::kRevoked;
        });
      }
    }
  }
  const auto names = [](const std::vector<OAuthGrant>& grants) {
    std::vector<std::string> all;
    for (const OAuthGrant& grant : grants) {
      all.push_back(grant.ref.account + "/" + grant.ref.provider + "/" + grant.ref.label);
    }
    return all;
  };
  const std::vector<std::string> everything{"a/github/", "a/github/x", "a/salla/", "a/salla/x",
                                            "b/github/", "b/github/x", "b/salla/", "b/salla/x"};
  CHECK(names(list(*database, {}, nullptr)) == everything);
  std::vector<std::string> paged;
  for (std::optional<GrantRef> after;;) {
    const auto page = list(*database, {.limit = 3}, after ? &*after : nullptr);
    for (const auto& name : names(page)) paged.push_back(name);
    if (page.size() < 3) break;
    after = page.back().ref;
  }
  CHECK(paged == everything);
  CHECK(names(list(*database, {.account = "a", .provider = "salla"}, nullptr)) ==
        std::vector<std::string>{"a/salla/", "a/salla/x"});
  const GrantRef last{"a", "salla", "x"};
  CHECK(list(*database, {.account = "a"}, &last).empty());
  CHECK(names(list(*database, {.state = GrantState::kRevoked}, nullptr)) ==
        std::vector<std::string>{"b/salla/x"});
  CHECK(names(list(*database, {.expires_before = kNow + Seconds(3)}, nullptr)) ==
        std::vector<std::string>{"b/salla/"});
  CHECK(accounts_with_prefix(*database, "", 9) == std::vector<std::string>{"a", "b"});
}

TEST_CASE("oauth grants: what is due, and nothing that cannot be refreshed or has to wait") {
  Grants database(GENERATE(from_range(database_kinds())));
  database.add_due(3, kNow);
  database.add_due(1, kNow);
  database.add_due(2, kNow + Seconds(10));
  database.add_due(4, kNow + Seconds(11));
  database.add(5, {.account = "never", .provider = "salla"});
  database.add(6, {.account = "no refresh token", .provider = "salla"},
               [](GrantRow& row) { row.grant.expires_at = kNow; });
  for (const GrantState state : {GrantState::kNeedsReauth, GrantState::kRevoked}) {
    GrantRow row = database.add_due(10 + static_cast<int>(state), kNow);
    row.grant.state = state;
    update(*database, row);
  }
  GrantRow waiting = database.add_due(7, kNow);
  waiting.grant.retry_at = kNow + Seconds(1);
  update(*database, waiting);
  GrantRow waited = database.add_due(8, kNow);
  waited.grant.retry_at = kNow;
  update(*database, waited);
  database.add(9, {.account = "client", .provider = "salla"}, [](GrantRow& row) {
    row.grant.kind = GrantKind::kClientCredentials;
    row.grant.expires_at = kNow;
  });

  const Time until = kNow + Seconds(10);
  const std::vector<std::string> all{uuid(1), uuid(3), uuid(8), uuid(9), uuid(2)};
  CHECK(database.due_ids(until) == all);
  CHECK(database.due_ids(kNow - Seconds(1)).empty());
  const Due after{.id = uuid(3), .expires_at = kNow};
  CHECK(database.due_ids(until, &after, 2) == std::vector<std::string>{uuid(8), uuid(9)});
  const Due later{.id = uuid(9), .expires_at = kNow};
  CHECK(database.due_ids(until, &later, 2) == std::vector<std::string>{uuid(2)});
}

}  // namespace
}  // namespace tokctl::db::oauth_grants
