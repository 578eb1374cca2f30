#include "db/event.h"

#include <algorithm>
#include <catch2/catch.hpp>

#include "db/test_database.h"
#include "support/error.h"

namespace tokctl::db::events {
namespace {

using testing::database_kinds;
using testing::Migrated;

// Event n is at time 100 n, of type even or odd, about user a, b or nobody in turn.
Event event(std::int64_t seq) {
  constexpr const char* kAbout[] = {"", "a", "b"};
  return {.seq = seq,
          .at = from_unix(100 * seq),
          .type = seq % 2 == 0 ? "even" : "odd",
          .actor = "cli:root",
          .public_id = kAbout[seq % 3],
          .subject = "s" + std::to_string(seq),
          .detail = R"({"name":"it's \"quoted\""})",
          .root_key_id = "k1",
          .mac = std::string(64, 'f')};
}

void fill(Handle& db, std::int64_t events) {
  Transaction filling(db, Access::kWrite);
  for (std::int64_t seq = 1; seq <= events; ++seq) insert(db, event(seq));
  filling.commit();
}

std::vector<std::int64_t> walk(Handle& db, const Query& query) {
  std::vector<std::int64_t> seqs;
  for (;;) {
    const auto page = list(db, query, seqs.empty() ? 0 : seqs.back());
    for (const Event& each : page) seqs.push_back(each.seq);
    if (page.size() < query.limit) return seqs;
  }
}

TEST_CASE("events: the head begins empty, is written back, and cannot be absent") {
  Migrated database(GENERATE(from_range(database_kinds())));
  const Head none = head(*database, Locking::kRows);
  CHECK(none.seq == 0);
  CHECK(none.mac.empty());
  CHECK(none.anchor_seq == 0);

  const Head written{.seq = 7,
                     .mac = std::string(64, 'a'),
                     .anchor_seq = 3,
                     .anchor_mac = std::string(64, 'b'),
                     .anchor_key_id = "k1",
                     .anchor_proof = std::string(64, 'c')};
  set_head(*database, written);
  set_head(*database, written);
  const Head found = head(*database, Locking::kNone);
  CHECK(found.seq == written.seq);
  CHECK(found.mac == written.mac);
  CHECK(found.anchor_seq == written.anchor_seq);
  CHECK(found.anchor_mac == written.anchor_mac);
  CHECK(found.anchor_key_id == written.anchor_key_id);
  CHECK(found.anchor_proof == written.anchor_proof);

  (*database).run("DELETE FROM event_head");
  CHECK(testing::code_of([&] { head(*database, Locking::kNone); }) == Code::kIntegrity);
  CHECK(testing::code_of([&] { set_head(*database, written); }) == Code::kIntegrity);
}

TEST_CASE("events: a row comes back as it was written, once") {
  Migrated database(GENERATE(from_range(database_kinds())));
  insert(*database, event(1));
  const Event found = list(*database, {}, 0).at(0);
  const Event written = event(1);
  CHECK(found.seq == written.seq);
  CHECK(found.at == written.at);
  CHECK(found.type == written.type);
  CHECK(found.actor == written.actor);
  CHECK(found.public_id == written.public_id);
  CHECK(found.subject == written.subject);
  CHECK(found.detail == written.detail);
  CHECK(found.root_key_id == written.root_key_id);
  CHECK(found.mac == written.mac);
  CHECK(testing::code_of([&] { insert(*database, event(1)); }) == Code::kConflict);
}

TEST_CASE("events: a list shows what it is asked for, in order") {
  Migrated database(GENERATE(from_range(database_kinds())));
  fill(*database, 40);
  const auto check = [&](const Query& query) {
    std::vector<std::int64_t> expected;
    for (std::int64_t seq = 1; seq <= 40; ++seq) {
      const Event each = event(seq);
      if (!query.public_id.empty() && each.public_id != query.public_id) continue;
      if (!query.type.empty() && each.type != query.type) continue;
      if (query.since && each.at < *query.since) continue;
      if (query.until && each.at >= *query.until) continue;
      expected.push_back(seq);
    }
    if (query.descending) std::ranges::reverse(expected);
    CHECK(walk(*database, query) == expected);
  };

  const std::optional<Time> sinces[] = {std::nullopt, from_unix(1'000)};
  const std::optional<Time> untils[] = {std::nullopt, from_unix(3'000)};
  for (const char* about : {"", "a", "nobody"}) {
    for (const char* type : {"", "odd"}) {
      for (const auto& since : sinces) {
        for (const auto& until : untils) {
          for (const bool descending : {false, true}) {
            for (const std::size_t limit : {1U, 3U, 1000U}) {
              CAPTURE(about, type, since.has_value(), until.has_value(), descending, limit);
              check({.public_id = about,
                     .type = type,
                     .since = since,
                     .until = until,
                     .descending = descending,
                     .limit = limit});
            }
          }
        }
      }
    }
  }
}

TEST_CASE("events: only a beginning of the chain is old") {
  Migrated database(GENERATE(from_range(database_kinds())));
  CHECK_FALSE(last_before(*database, from_unix(1'000), 10));
  CHECK(count_before(*database, from_unix(1'000)) == 0);
  fill(*database, 20);
  CHECK_FALSE(last_before(*database, from_unix(100), 10));
  CHECK(count_before(*database, from_unix(100)) == 0);
  CHECK(last_before(*database, from_unix(501), 100)->seq == 5);
  CHECK(count_before(*database, from_unix(501)) == 5);
  CHECK(last_before(*database, from_unix(501), 3)->seq == 3);
  CHECK(last_before(*database, from_unix(99'999), 100)->seq == 20);
  CHECK(count_before(*database, from_unix(99'999)) == 20);

  // The clock was once ahead: what came after that event stays with it.
  (*database).run("UPDATE events SET occurred_at = 99999 WHERE seq = 4");
  CHECK(last_before(*database, from_unix(501), 100)->seq == 3);
  CHECK(count_before(*database, from_unix(501)) == 3);
}

TEST_CASE("events: pruning deletes up to a seq") {
  Migrated database(GENERATE(from_range(database_kinds())));
  fill(*database, 20);
  CHECK(prune(*database, 15) == 15);
  CHECK(prune(*database, 15) == 0);
  CHECK(walk(*database, {.limit = 2}) == std::vector<std::int64_t>{16, 17, 18, 19, 20});
  CHECK(last_before(*database, from_unix(1'801), 100)->seq == 18);
  CHECK(count_before(*database, from_unix(1'801)) == 3);
}

}  // namespace
}  // namespace tokctl::db::events
