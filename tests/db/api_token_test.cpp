#include "db/api_token.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <functional>
#include <tuple>

#include "base/encoding.h"
#include "db/test_database.h"
#include "support/error.h"

namespace tokctl::db::api_tokens {
namespace {

using testing::database_kinds;
using testing::Migrated;
using testing::token_row;
using testing::user_row;
using testing::uuid;

const std::string kOwner = uuid(1);
const std::string kOther = uuid(2);
const Time kNow = from_unix(1'800'000'000);

// 32 bytes in hex, whose first differ as the ids do.
std::string digest_of(const ApiToken& token) {
  return hex_encode(as_bytes(token.id.substr(0, 32)));
}

void check_equal(const ApiToken& a, const ApiToken& b) {
  CHECK(a.id == b.id);
  CHECK(a.public_id == b.public_id);
  CHECK(a.root_key_id == b.root_key_id);
  CHECK(a.name == b.name);
  CHECK(a.scopes == b.scopes);
  CHECK(a.info == b.info);
  CHECK(a.created_at == b.created_at);
  CHECK(a.expires_at == b.expires_at);
  CHECK(a.idle == b.idle);
  CHECK(a.last_used_at == b.last_used_at);
  CHECK(a.revoked_at == b.revoked_at);
  CHECK(a.replaced_by == b.replaced_by);
}

// With two users in it.
class ApiTokens : public Migrated {
 public:
  explicit ApiTokens(const std::string& kind) : Migrated(kind) {
    users::insert(**this, user_row(1));
    users::insert(**this, user_row(2));
  }
  ApiToken add(int number, const std::function<void(ApiToken&)>& change = nullptr) {
    ApiToken token = token_row(number, kOwner);
    if (change) change(token);
    insert(**this, token, digest_of(token));
    return token;
  }
  std::size_t live() { return list(**this, {.live_at = kNow}, nullptr).size(); }
};

TEST_CASE("api tokens: a row comes back as it was written, by id and by digest") {
  ApiTokens database(GENERATE(from_range(database_kinds())));
  const ApiToken bare = database.add(1);
  const ApiToken full = database.add(2, [](ApiToken& token) {
    token.name = "Jos\u00e9's \U0001F511 'phone'";
    token.scopes = {"read", "write:all"};
    token.info = R"({"device":"ios"})";
    token.expires_at = from_unix(4'000'000'000);
    token.idle = Seconds(3'000'000'000);
    token.last_used_at = from_unix(1'700'000'010);
    token.revoked_at = from_unix(1'700'000'020);
    token.replaced_by = uuid(9);
  });
  for (const ApiToken& token : {bare, full}) {
    check_equal(find(*database, token.id).value(), token);
    CHECK(api_tokens::digest_of(*database, token.id) == digest_of(token));
    const auto found = find_with_owner(*database, digest_of(token)).value();
    check_equal(found.token, token);
    CHECK(found.owner.email == user_row(1).user.email);
    CHECK(found.owner.full_name == user_row(1).user.full_name);
    CHECK(found.owner.status == UserStatus::kActive);
    CHECK_FALSE(found.owner.deleted);
  }
  CHECK_FALSE(find(*database, uuid(9)));
  CHECK_FALSE(find_with_owner(*database, "another"));

  users::UserRow gone = user_row(1);
  gone.user.status = UserStatus::kDisabled;
  gone.user.deleted_at = from_unix(1);
  users::update(*database, gone);
  const auto found = find_with_owner(*database, digest_of(bare)).value();
  CHECK(found.owner.status == UserStatus::kDisabled);
  CHECK(found.owner.deleted);
}

TEST_CASE("api tokens: an id and a digest are taken once, and an owner must exist") {
  ApiTokens database(GENERATE(from_range(database_kinds())));
  const ApiToken token = database.add(1);
  CHECK(testing::code_of([&] { insert(*database, token, "another"); }) == Code::kConflict);
  CHECK(testing::code_of([&] { insert(*database, token_row(2, kOwner), digest_of(token)); }) ==
        Code::kConflict);
  CHECK(testing::error_of([&] { insert(*database, token_row(3, uuid(9)), "x"); }).id() ==
        "db.constraint");
}

TEST_CASE("api tokens: revoking one") {
  ApiTokens database(GENERATE(from_range(database_kinds())));
  const ApiToken token = database.add(1);
  CHECK(revoke(*database, token.id, from_unix(50)));
  CHECK_FALSE(revoke(*database, token.id, from_unix(60)));
  CHECK(find(*database, token.id)->revoked_at == from_unix(50));
  CHECK_FALSE(revoke(*database, uuid(9), from_unix(50)));
  CHECK(count_prunable(*database, from_unix(51)) == 1);
  CHECK(count_prunable(*database, from_unix(50)) == 0);
}

TEST_CASE("api tokens: revoking those of a user, of a root key") {
  ApiTokens database(GENERATE(from_range(database_kinds())));
  database.add(1);
  database.add(2, [](ApiToken& t) { t.expires_at = kNow + Seconds(1); });
  const ApiToken expired = database.add(3, [](ApiToken& t) { t.expires_at = kNow; });
  const ApiToken idle = database.add(
      4, [](ApiToken& t) { t.idle = Seconds(60), t.last_used_at = kNow - kUseLag - Seconds(60); });
  // One of whose use nobody may have heard yet.
  const ApiToken waiting = database.add(
      8, [](ApiToken& t) { t.idle = Seconds(60), t.last_used_at = kNow - kUseLag - Seconds(59); });
  const ApiToken revoked = database.add(5, [](ApiToken& t) { t.revoked_at = from_unix(5); });
  const ApiToken other = database.add(6, [](ApiToken& t) { t.public_id = kOther; });
  const ApiToken other_key = database.add(7, [](ApiToken& t) { t.root_key_id = "k2"; });
  REQUIRE(database.live() == 4);

  SECTION("of a user") {
    CHECK(revoke_all(*database, kOwner, kNow) == 4);
    CHECK(revoke_all(*database, kOwner, kNow) == 0);
    CHECK(database.live() == 1);
    CHECK_FALSE(find(*database, other.id)->revoked_at);
  }
  SECTION("of a root key") {
    CHECK(revoke_of_root_key(*database, "k1", kNow) == 4);
    CHECK(database.live() == 1);
    CHECK_FALSE(find(*database, other_key.id)->revoked_at);
  }
  CHECK(find(*database, revoked.id)->revoked_at == from_unix(5));
  CHECK_FALSE(find(*database, expired.id)->revoked_at);
  CHECK_FALSE(find(*database, idle.id)->revoked_at);
  CHECK(find(*database, waiting.id)->revoked_at == kNow);
  CHECK_FALSE(used(*database, lookup_of(digest_of(waiting)), kNow - Seconds(1)));
}

TEST_CASE("api tokens: a use counts once and in any order, and moves the idle deadline") {
  ApiTokens database(GENERATE(from_range(database_kinds())));
  const auto at = [](int seconds) { return kNow + Seconds(seconds); };
  const auto idle = [&](ApiToken& t) {
    t.created_at = at(0);
    t.idle = Seconds(100);
  };
  const ApiToken plain = database.add(1);
  const ApiToken sliding = database.add(2, idle);
  const ApiToken bounded = database.add(3, [&](ApiToken& t) {
    idle(t);
    t.expires_at = at(120);
  });
  const auto use = [&](const ApiToken& token, Time when) {
    return used(*database, lookup_of(digest_of(token)), when);
  };
  for (const ApiToken& token : {plain, sliding, bounded}) {
    CHECK(use(token, at(50)));
    CHECK_FALSE(use(token, at(50)));
    CHECK_FALSE(use(token, at(49)));
    CHECK(find(*database, token.id)->last_used_at == at(50));
  }
  const auto live = [&](int seconds) {
    std::vector<std::string> ids;
    for (const auto& token : list(*database, {.live_at = at(seconds)}, nullptr))
      ids.push_back(token.id);
    return ids;
  };
  CHECK(live(119) == std::vector{plain.id, sliding.id, bounded.id});
  CHECK(live(120) == std::vector{plain.id, sliding.id});
  CHECK(live(150) == std::vector{plain.id});
  // Late, but before the sweep: the use was before the deadline.
  CHECK(use(sliding, at(149)));
  CHECK(live(150) == std::vector{plain.id, sliding.id});

  CHECK(revoke(*database, sliding.id, at(160)));
  CHECK_FALSE(use(sliding, at(161)));
  CHECK(find(*database, sliding.id)->last_used_at == at(149));
  CHECK_FALSE(use(token_row(9, kOwner), at(1)));
}

TEST_CASE("api tokens: a successor leaves the old one its overlap") {
  ApiTokens database(GENERATE(from_range(database_kinds())));
  ApiToken token = database.add(1);
  token.replaced_by = uuid(9);
  token.expires_at = kNow + Seconds(10);
  CHECK(replace(*database, token));
  check_equal(find(*database, token.id).value(), token);
  CHECK(count_prunable(*database, kNow + Seconds(11)) == 1);
  CHECK_FALSE(replace(*database, token_row(5, kOwner)));
}

std::vector<std::string> walk(Handle& db, Query query, const std::function<void()>& between) {
  std::vector<std::string> ids;
  std::optional<Place> last;
  for (;;) {
    const auto page = list(db, query, last ? &*last : nullptr);
    for (const auto& token : page) ids.push_back(token.id);
    if (page.size() < query.limit) return ids;
    last = {page.back().created_at, page.back().id};
    between();
  }
}

TEST_CASE("api tokens: a list shows what it is asked for, in order") {
  ApiTokens database(GENERATE(from_range(database_kinds())));
  std::vector<ApiToken> all;
  {
    Transaction filling(*database, Access::kWrite);
    for (int n = 0; n < 60; ++n) {
      all.push_back(database.add(n, [&](ApiToken& t) {
        t.created_at = from_unix(5'000 - n / 5);
        if (n % 2 == 0) t.public_id = kOther;
        if (n % 3 == 0) t.name = "ci";
        if (n % 4 != 0) t.expires_at = kNow + Seconds(n - 30);
        if (n % 5 == 0) t.last_used_at = kNow - Seconds(n), t.idle = Seconds(30);
        if (n % 7 == 0) t.revoked_at = kNow + Seconds(n - 30);
      }));
    }
    filling.commit();
  }
  const auto check = [&](const Query& query) {
    std::vector<ApiToken> expected = all;
    std::erase_if(expected, [&](const ApiToken& t) {
      return (!query.public_id.empty() && t.public_id != query.public_id) ||
             (!query.name.empty() && t.name != query.name) ||
             (query.live_at && !t.live(*query.live_at)) ||
             (query.expires_before && !(t.expires_at && *t.expires_at < *query.expires_before)) ||
             (query.unused_since && t.last_used_at.value_or(t.created_at) >= *query.unused_since);
    });
    std::ranges::sort(expected, [&](const ApiToken& a, const ApiToken& b) {
      const auto& [left, right] = query.descending ? std::tie(b, a) : std::tie(a, b);
      return std::tie(left.created_at, left.id) < std::tie(right.created_at, right.id);
    });
    std::vector<std::string> ids;
    for (const ApiToken& token : expected) ids.push_back(token.id);
    CHECK(walk(*database, query, [] {}) == ids);
  };
  const std::optional<Time> lives[] = {std::nullopt, kNow};
  const std::optional<Time> expirations[] = {std::nullopt, kNow + Seconds(11)};
  const std::optional<Time> uses[] = {std::nullopt, kNow - Seconds(20), from_unix(4'995)};
  for (const std::string& of : {std::string(), kOwner, std::string("nobody")}) {
    for (const std::string& name : {std::string(), std::string("ci")}) {
      for (const auto& live_at : lives) {
        for (const auto& expires_before : expirations) {
          for (const auto& unused_since : uses) {
            for (const bool descending : {false, true}) {
              for (const std::size_t limit : {1U, 7U, 1000U}) {
                CAPTURE(of, name, descending, limit);
                check({.public_id = of,
                       .name = name,
                       .live_at = live_at,
                       .expires_before = expires_before,
                       .unused_since = unused_since,
                       .descending = descending,
                       .limit = limit});
              }
            }
          }
        }
      }
    }
  }
}

TEST_CASE("api tokens: a list read in pages misses none and repeats none while tokens are added") {
  ApiTokens database(GENERATE(from_range(database_kinds())));
  const auto descending = GENERATE(false, true);
  const std::string of = GENERATE_COPY(std::string(), kOwner);
  const auto in_the_same_second = [](ApiToken& t) { t.created_at = from_unix(1'000); };
  Transaction sparing_the_disk(*database, Access::kWrite);
  for (int n = 0; n < 200; n += 10) database.add(n, in_the_same_second);
  int newcomer = 0;
  const auto ids = walk(*database, {.public_id = of, .descending = descending, .limit = 3}, [&] {
    for (int k = 0; k < 7 && newcomer < 20; ++k, ++newcomer)
      database.add(10 * newcomer + 1 + k, in_the_same_second);
  });
  auto sorted = ids;
  std::ranges::sort(sorted);
  CHECK(std::ranges::adjacent_find(sorted) == sorted.end());
  for (int n = 0; n < 200; n += 10)
    CHECK(std::ranges::binary_search(sorted, token_row(n, kOwner).id));
}

TEST_CASE("api tokens: pruning deletes what ended long enough ago, in batches") {
  ApiTokens database(GENERATE(from_range(database_kinds())));
  const Time before = kNow;
  const auto at = [&](int seconds) { return before + Seconds(seconds); };
  database.add(1, [&](ApiToken& t) { t.expires_at = at(-1); });
  database.add(2, [&](ApiToken& t) { t.revoked_at = at(-1); });
  database.add(3, [&](ApiToken& t) { t.idle = Seconds(10), t.last_used_at = at(-11); });
  database.add(4, [&](ApiToken& t) { t.expires_at = at(1000), t.revoked_at = at(-5); });
  const ApiToken kept[] = {
      database.add(5, [&](ApiToken& t) { t.expires_at = at(0); }),
      database.add(6, [&](ApiToken& t) { t.idle = Seconds(10), t.last_used_at = at(-10); }),
      database.add(7),
  };
  CHECK(count_prunable(*database, before) == 4);
  CHECK(prune(*database, before, 1) == 1);
  std::int64_t deleted = 0;
  while (const auto some = prune(*database, before, 2)) deleted += some;
  CHECK(deleted == 3);
  CHECK(count_prunable(*database, before) == 0);
  for (const ApiToken& token : kept) CHECK(find(*database, token.id));
}

TEST_CASE("api tokens: a row that does not fit together is found") {
  ApiTokens database(GENERATE(from_range(database_kinds())));
  const std::string digest(64, 'a');
  insert(*database, token_row(1, kOwner), digest);
  ApiToken token = token_row(2, kOwner);
  token.idle = Seconds(400);
  token.expires_at = kNow;
  insert(*database, token, std::string(64, 'b'));
  used(*database, lookup_of(std::string(64, 'b')), kNow - Seconds(10));
  token.replaced_by = uuid(1);
  replace(*database, find(*database, token.id).value());
  revoke_all(*database, kOwner, kNow - Seconds(5));
  CHECK(inconsistent(*database, 10).empty());

  const ApiToken without_digest = database.add(3), misplaced = database.add(4);
  (*database).run("UPDATE api_tokens SET digest = 'none' WHERE id = ?", without_digest.id);
  (*database).run("UPDATE api_tokens SET lookup = lookup + 1 WHERE id = ?", misplaced.id);
  (*database).run("UPDATE api_tokens SET ends_at = NULL WHERE id = ?", token.id);
  CHECK(inconsistent(*database, 10).size() == 3);
  CHECK(inconsistent(*database, 1).size() == 1);
  for (const std::size_t page : {1U, 2U, 3U, 4U, 5U})
    CHECK(inconsistent(*database, 10, page).size() == 3);
}

TEST_CASE("api tokens: ids are completed by prefix") {
  ApiTokens database(GENERATE(from_range(database_kinds())));
  for (int n = 0; n < 20; ++n) database.add(n);
  CHECK(ids_with_prefix(*database, "6000001", 100).size() == 4);
  CHECK(ids_with_prefix(*database, "6", 3) ==
        std::vector{uuid(0x60000000), uuid(0x60000001), uuid(0x60000002)});
  CHECK(ids_with_prefix(*database, "7", 3).empty());
}

}  // namespace
}  // namespace tokctl::db::api_tokens
