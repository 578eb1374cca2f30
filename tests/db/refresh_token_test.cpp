#include "db/refresh_token.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <string>
#include <thread>

#include "db/test_database.h"

namespace tokctl::db::refresh_tokens {
namespace {

using testing::database_kinds;
using testing::Migrated;
using testing::uuid;

RefreshToken token_of(int number, int owner = 1) {
  return {.id = uuid(100 + number),
          .session_id = uuid(500),
          .public_id = uuid(owner),
          .root_key_id = "4703aad12db370ce",
          .terms = "{\"aud\":[\"api\"]}",
          .created_at = from_unix(1000 + number / 2),
          .expires_at = from_unix(2000 + number)};
}

std::string digest_of(int number) { return "digest-" + std::to_string(number); }

TEST_CASE("refresh tokens: a row comes back as it was written, by id and by digest") {
  Migrated database(GENERATE(from_range(database_kinds())));
  users::insert(*database, testing::user_row(1));
  const RefreshToken token = token_of(1);
  insert(*database, token, digest_of(1));
  for (const auto& found : {find(*database, token.id), find_by_digest(*database, digest_of(1))}) {
    REQUIRE(found);
    CHECK(found->id == token.id);
    CHECK(found->session_id == token.session_id);
    CHECK(found->public_id == token.public_id);
    CHECK(found->root_key_id == token.root_key_id);
    CHECK(found->terms == token.terms);
    CHECK(found->created_at == token.created_at);
    CHECK(found->expires_at == token.expires_at);
    CHECK_FALSE(found->used_at);
    CHECK(found->successor_id.empty());
  }
  CHECK_FALSE(find(*database, uuid(1)));
  CHECK_FALSE(find_by_digest(*database, "DIGEST-1"));
  CHECK_THROWS_AS(insert(*database, token_of(2), digest_of(1)), DbError);
  CHECK_THROWS_AS(insert(*database, token_of(3, 9), digest_of(3)), DbError);  // nobody's
}

TEST_CASE("refresh tokens: the first use wins") {
  Migrated database(GENERATE(from_range(database_kinds())));
  users::insert(*database, testing::user_row(1));
  insert(*database, token_of(1), digest_of(1));
  CHECK(use(*database, uuid(101), from_unix(1500), uuid(102)));
  CHECK_FALSE(use(*database, uuid(101), from_unix(1501), uuid(103)));
  const auto found = find(*database, uuid(101)).value();
  CHECK(found.used_at == from_unix(1500));
  CHECK(found.successor_id == uuid(102));
  CHECK_FALSE(use(*database, uuid(999), from_unix(1500), uuid(102)));
}

TEST_CASE("refresh tokens: of many users at once one wins") {
  for (const auto& kind : testing::shared_database_kinds()) {
    CAPTURE(kind);
    Migrated database(kind);
    users::insert(*database, testing::user_row(1));
    insert(*database, token_of(1), digest_of(1));
    std::atomic<int> winners = 0;
    std::vector<std::thread> threads;
    for (int i = 0; i < 8; ++i) {
      threads.emplace_back([&, i] {
        const auto db = database.pool().borrow();
        Transaction change(*db, Access::kWrite);
        if (use(*db, uuid(101), from_unix(1500 + i), uuid(200 + i))) ++winners;
        change.commit();
      });
    }
    for (auto& thread : threads) thread.join();
    CHECK(winners == 1);
  }
}

TEST_CASE("refresh tokens: a list holds what is not used, page by page, both ways") {
  Migrated database(GENERATE(from_range(database_kinds())));
  users::insert(*database, testing::user_row(1));
  users::insert(*database, testing::user_row(2));
  for (int i = 0; i < 9; ++i) insert(*database, token_of(i, 1 + i % 2), digest_of(i));
  use(*database, uuid(104), from_unix(1500), uuid(105));
  const auto walk = [&](Query query) {
    query.limit = 2;
    std::string numbers;
    std::optional<Place> last;
    for (;;) {
      const auto page = list(*database, query, last ? &*last : nullptr);
      for (const auto& token : page) numbers += token.id.substr(token.id.size() - 1);
      if (page.size() < query.limit) return numbers;
      last = {page.back().created_at, page.back().id};
    }
  };
  const std::string all = walk({});
  CHECK(all.size() == 8);
  CHECK(walk({.descending = true}) == std::string(all.rbegin(), all.rend()));
  CHECK(walk({.public_id = uuid(2)}).size() == 4);
  CHECK(walk({.live_at = from_unix(2006)}).size() == 2);
  CHECK(walk({.expires_before = from_unix(2002)}).size() == 2);
}

TEST_CASE("refresh tokens: what expired is pruned in batches") {
  Migrated database(GENERATE(from_range(database_kinds())));
  users::insert(*database, testing::user_row(1));
  for (int i = 0; i < 5; ++i) insert(*database, token_of(i), digest_of(i));
  CHECK(count_prunable(*database, from_unix(2003)) == 3);
  CHECK(prune(*database, from_unix(2003), 2) == 2);
  CHECK(prune(*database, from_unix(2003), 2) == 1);
  CHECK(prune(*database, from_unix(2003), 2) == 0);
  CHECK_FALSE(find(*database, uuid(102)));
  CHECK(find(*database, uuid(103)));
}

TEST_CASE("refresh tokens: ids are completed by prefix") {
  Migrated database(GENERATE(from_range(database_kinds())));
  users::insert(*database, testing::user_row(1));
  for (int n = 0; n < 4; ++n) insert(*database, token_of(n), digest_of(n));
  CHECK(ids_with_prefix(*database, uuid(100).substr(0, 7), 3) ==
        std::vector{uuid(100), uuid(101), uuid(102)});
  CHECK(ids_with_prefix(*database, uuid(103), 3) == std::vector{uuid(103)});
  CHECK(ids_with_prefix(*database, "f", 3).empty());
}

}  // namespace
}  // namespace tokctl::db::refresh_tokens
