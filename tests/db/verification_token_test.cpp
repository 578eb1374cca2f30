#include "db/verification_token.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <string>
#include <thread>
#include <vector>

#include "db/test_database.h"

namespace tokctl::db::verification_tokens {
namespace {

using testing::database_kinds;
using testing::Migrated;
using testing::uuid;

VerificationToken token_of(int number, int owner = 1, Purpose purpose = Purpose::kPasswordReset) {
  return {.id = uuid(100 + number),
          .public_id = uuid(owner),
          .purpose = purpose,
          .root_key_id = "4703aad12db370ce",
          .created_at = from_unix(1000 + number),
          .expires_at = from_unix(2000 + number)};
}

std::string digest_of(int number) { return "digest-" + std::to_string(number); }

struct Filled : Migrated {
  explicit Filled(const std::string& kind) : Migrated(kind) {
    users::insert(**this, testing::user_row(1));
    users::insert(**this, testing::user_row(2));
  }
};

TEST_CASE("verification tokens: a new one takes the place of the old, tries and all") {
  Filled database(GENERATE(from_range(database_kinds())));
  put(*database, token_of(1), digest_of(1));
  auto found = find(*database, uuid(1), Purpose::kPasswordReset, Locking::kRows).value();
  CHECK(found.id == uuid(101));
  CHECK(found.purpose == Purpose::kPasswordReset);
  CHECK(found.root_key_id == "4703aad12db370ce");
  CHECK(found.created_at == from_unix(1001));
  CHECK(found.expires_at == from_unix(2001));
  CHECK_FALSE(found.used_at);
  CHECK(found.tries == 0);
  CHECK(found.tries_since == from_unix(1001));
  found.tries = 3;
  count_try(*database, found);
  CHECK(consume(*database, found.id, from_unix(1500)));

  put(*database, token_of(2), digest_of(2));
  CHECK_FALSE(find_by_digest(*database, digest_of(1)));
  CHECK_FALSE(find(*database, uuid(101)));
  const auto next = find_by_digest(*database, digest_of(2)).value();
  CHECK(next.id == uuid(102));
  CHECK(next.tries == 3);
  CHECK(next.tries_since == from_unix(1001));
  CHECK_FALSE(next.used_at);

  put(*database, token_of(3, 1, Purpose::kTwoFactorAuth), digest_of(3));
  put(*database, token_of(4, 2), digest_of(4));
  CHECK(find(*database, uuid(102)));  // another purpose and another user take nobody's place
  CHECK_THROWS_AS(put(*database, token_of(5, 9), digest_of(5)), DbError);
}

TEST_CASE("verification tokens: spent once, not after the end, not after being voided") {
  Filled database(GENERATE(from_range(database_kinds())));
  put(*database, token_of(1), digest_of(1));
  put(*database, token_of(2, 1, Purpose::kTwoFactorAuth), digest_of(2));
  put(*database, token_of(3, 2), digest_of(3));
  CHECK_FALSE(consume(*database, uuid(101), from_unix(2001)));
  CHECK(consume(*database, uuid(101), from_unix(2000)));
  CHECK_FALSE(consume(*database, uuid(101), from_unix(2000)));
  CHECK(find(*database, uuid(101)).value().used_at == from_unix(2000));

  CHECK(void_all(*database, uuid(1), Purpose::kPasswordReset, from_unix(1500)) == 0);  // used
  CHECK(void_all(*database, uuid(1), Purpose::kTwoFactorAuth, from_unix(1500)) == 1);
  CHECK_FALSE(consume(*database, uuid(102), from_unix(1500)));
  CHECK(void_all(*database, uuid(2), {}, from_unix(1500)) == 1);
  CHECK(void_all(*database, uuid(2), {}, from_unix(1500)) == 0);
  CHECK_FALSE(void_one(*database, uuid(103), from_unix(1500)));
  put(*database, token_of(4, 2), digest_of(4));
  CHECK(void_of_root_key(*database, "another", from_unix(1500)) == 0);
  CHECK(void_of_root_key(*database, "4703aad12db370ce", from_unix(1500)) == 1);
  put(*database, token_of(5, 2), digest_of(5));
  CHECK(void_one(*database, uuid(105), from_unix(1500)));
}

TEST_CASE("verification tokens: of many that spend one at once one wins") {
  for (const auto& kind : testing::shared_database_kinds()) {
    CAPTURE(kind);
    Filled database(kind);
    put(*database, token_of(1), digest_of(1));
    std::atomic<int> winners = 0;
    std::vector<std::thread> threads;
    for (int i = 0; i < 8; ++i) {
      threads.emplace_back([&] {
        const auto db = database.pool().borrow();
        Transaction change(*db, Access::kWrite);
        if (consume(*db, uuid(101), from_unix(1500))) ++winners;
        change.commit();
      });
    }
    for (auto& thread : threads) thread.join();
    CHECK(winners == 1);
  }
}

TEST_CASE("verification tokens: listed from any row on, either way, everybody's or one user's") {
  Filled database(GENERATE(from_range(database_kinds())));
  constexpr Purpose kPurposes[] = {Purpose::kEmailVerification, Purpose::kPhoneVerification,
                                   Purpose::kPasswordReset, Purpose::kTwoFactorAuth};
  for (int i = 0; i < 4; ++i) put(*database, token_of(i, 1, kPurposes[i]), digest_of(i));
  VerificationToken same = token_of(4, 2);
  same.created_at = token_of(3).created_at;  // the id decides
  put(*database, same, digest_of(4));
  consume(*database, uuid(101), from_unix(1500));
  const auto ids = [&](const Query& query, const Place* after = nullptr) {
    std::string all;
    for (const auto& token : list(*database, query, after)) all += token.id[7];
    return all;
  };
  const std::string all = "45678";  // the last digits of 100 to 104 in hex
  const std::string reversed(all.rbegin(), all.rend());
  CHECK(ids({}) == all);
  CHECK(ids({.descending = true}) == reversed);
  CHECK(ids({.limit = 2}) == all.substr(0, 2));
  CHECK(ids({.public_id = uuid(1)}) == all.substr(0, 4));
  CHECK(ids({.public_id = uuid(2), .descending = true}) == all.substr(4));
  for (std::size_t i = 0; i < 5; ++i) {
    const auto row = find(*database, uuid(100 + static_cast<int>(i))).value();
    const Place after{row.created_at, row.id};
    CHECK(ids({}, &after) == all.substr(i + 1));
    CHECK(ids({.descending = true}, &after) == reversed.substr(5 - i));
  }
  CHECK(ids({.live_at = from_unix(1600)}) == all.substr(0, 1) + all.substr(2));
  CHECK(ids({.live_at = from_unix(2002)}) == all.substr(3));
  CHECK(ids({.expires_before = from_unix(2002)}) == all.substr(0, 2));
}

TEST_CASE("verification tokens: what expired is pruned in batches") {
  Filled database(GENERATE(from_range(database_kinds())));
  put(*database, token_of(1), digest_of(1));
  put(*database, token_of(2, 1, Purpose::kTwoFactorAuth), digest_of(2));
  put(*database, token_of(3, 2), digest_of(3));
  CHECK(count_prunable(*database, from_unix(2003)) == 2);
  CHECK(prune(*database, from_unix(2003), 1) == 1);
  CHECK(prune(*database, from_unix(2003), 5) == 1);
  CHECK(prune(*database, from_unix(2003), 5) == 0);
  CHECK(find(*database, uuid(103)));
}

TEST_CASE("verification tokens: ids are completed by prefix") {
  Filled database(GENERATE(from_range(database_kinds())));
  put(*database, token_of(0), digest_of(0));
  put(*database, token_of(1, 2), digest_of(1));
  put(*database, token_of(2, 2, Purpose::kTwoFactorAuth), digest_of(2));
  CHECK(ids_with_prefix(*database, uuid(100).substr(0, 7), 2) == std::vector{uuid(100), uuid(101)});
  CHECK(ids_with_prefix(*database, uuid(102), 2) == std::vector{uuid(102)});
  CHECK(ids_with_prefix(*database, "f", 3).empty());
}

}  // namespace
}  // namespace tokctl::db::verification_tokens
