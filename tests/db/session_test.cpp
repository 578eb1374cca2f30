#include "db/session.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <functional>
#include <tuple>

#include "db/test_database.h"
#include "support/error.h"

namespace tokctl::db::sessions {
namespace {

using testing::database_kinds;
using testing::Migrated;
using testing::session_row;
using testing::user_row;
using testing::uuid;

void check_equal(const Session& a, const Session& b) {
  CHECK(a.session_id == b.session_id);
  CHECK(a.public_id == b.public_id);
  CHECK(a.kind == b.kind);
  CHECK(a.scheme == b.scheme);
  CHECK(a.root_key_id == b.root_key_id);
  CHECK(a.source == b.source);
  CHECK(a.created_at == b.created_at);
  CHECK(a.expires_at == b.expires_at);
  CHECK(a.last_used_at == b.last_used_at);
  CHECK(a.revoked_at == b.revoked_at);
}

const std::string kOwner = uuid(1);
const std::string kOther = uuid(2);

// With two users in it.
class Sessions : public Migrated {
 public:
  explicit Sessions(const std::string& kind) : Migrated(kind) {
    users::insert(**this, user_row(1));
    users::insert(**this, user_row(2));
  }
  Session add(int number, const std::function<void(Session&)>& change = nullptr) {
    Session session = session_row(number, kOwner);
    if (change) change(session);
    insert(**this, session);
    return session;
  }
};

std::vector<std::string> walk(Handle& db, Query query, const std::function<void()>& between) {
  std::vector<std::string> ids;
  std::optional<Place> last;
  for (;;) {
    const auto page = list(db, query, last ? &*last : nullptr);
    for (const auto& session : page) ids.push_back(session.session_id);
    if (page.size() < query.limit) return ids;
    last = {page.back().created_at, page.back().session_id};
    between();
  }
}

TEST_CASE("sessions: a row comes back as it was written, alone and with its owner") {
  Sessions database(GENERATE(from_range(database_kinds())));
  const Session bare = database.add(1);
  const Session full = database.add(2, [](Session& session) {
    session.kind = SessionKind::kJwt;
    session.scheme = WebScheme::kKit;
    session.source = "web";
    session.expires_at = from_unix(4'000'000'000);
    session.last_used_at = from_unix(1'700'000'010);
    session.revoked_at = from_unix(1'700'000'020);
  });
  for (const Session& session : {bare, full}) {
    check_equal(find(*database, session.session_id).value(), session);
    const auto found = find_with_owner(*database, session.session_id).value();
    check_equal(found.session, session);
    CHECK(found.owner.email == user_row(1).user.email);
    CHECK(found.owner.full_name == user_row(1).user.full_name);
    CHECK(found.owner.status == UserStatus::kActive);
    CHECK_FALSE(found.owner.deleted);
    CHECK(found.owner.private_id == user_row(1).secrets.private_id);
    CHECK(found.owner.password_tag == user_row(1).secrets.password_tag);
  }
  CHECK_FALSE(find(*database, uuid(9)));
  CHECK_FALSE(find_with_owner(*database, uuid(9)));

  users::UserRow gone = user_row(1);
  gone.user.status = UserStatus::kDisabled;
  gone.user.deleted_at = from_unix(1);
  gone.secrets.password_tag = std::string(64, 'b');
  users::update(*database, gone);
  const auto found = find_with_owner(*database, bare.session_id).value();
  CHECK(found.owner.status == UserStatus::kDisabled);
  CHECK(found.owner.deleted);
  CHECK(found.owner.password_tag == gone.secrets.password_tag);
}

TEST_CASE("sessions: an id is taken once, and an owner must exist") {
  Sessions database(GENERATE(from_range(database_kinds())));
  database.add(1);
  CHECK(testing::code_of([&] { database.add(1); }) == Code::kConflict);
  CHECK(testing::error_of([&] { insert(*database, session_row(2, uuid(9))); }).id() ==
        "db.constraint");
}

TEST_CASE("sessions: a word that tokctl never wrote is damage") {
  Sessions database(GENERATE(from_range(database_kinds())));
  const Session session = database.add(1);
  (*database).run("UPDATE sessions SET kind = 'forged' WHERE session_id = ?", session.session_id);
  CHECK(testing::code_of([&] { find(*database, session.session_id); }) == Code::kIntegrity);
}

TEST_CASE("sessions: the newest live one of a kind") {
  Sessions database(GENERATE(from_range(database_kinds())));
  const Time now = from_unix(1'800'000'000);
  CHECK_FALSE(latest_live(*database, kOwner, SessionKind::kWeb, now));
  const Session first = database.add(1);
  const Session second = database.add(2, [&](Session& s) { s.expires_at = now + Seconds(1); });
  database.add(3, [&](Session& s) { s.expires_at = now; });
  database.add(4, [&](Session& s) { s.revoked_at = now; });
  database.add(5, [&](Session& s) { s.kind = SessionKind::kJwt; });
  database.add(6, [&](Session& s) { s.public_id = kOther; });
  check_equal(latest_live(*database, kOwner, SessionKind::kWeb, now).value(), second);
  check_equal(latest_live(*database, kOwner, SessionKind::kWeb, now + Seconds(1)).value(), first);
}

TEST_CASE("sessions: revoking one") {
  Sessions database(GENERATE(from_range(database_kinds())));
  const Session session = database.add(1);
  CHECK(revoke(*database, session.session_id, from_unix(50)));
  CHECK_FALSE(revoke(*database, session.session_id, from_unix(60)));
  CHECK(find(*database, session.session_id)->revoked_at == from_unix(50));
  CHECK_FALSE(revoke(*database, uuid(9), from_unix(50)));
}

TEST_CASE("sessions: revoking those of a user, a kind, a source, a root key") {
  Sessions database(GENERATE(from_range(database_kinds())));
  const Time now = from_unix(1'800'000'000);
  const Session kept = database.add(1);
  database.add(2);
  database.add(3, [](Session& s) { s.source = "web"; });
  database.add(4, [](Session& s) { s.kind = SessionKind::kJwt; });
  database.add(5, [](Session& s) { s.kind = SessionKind::kJwt, s.source = "web"; });
  database.add(6, [&](Session& s) { s.expires_at = now; });
  database.add(7, [&](Session& s) { s.revoked_at = from_unix(5); });
  const Session other = database.add(8, [](Session& s) { s.public_id = kOther; });
  // By its own times over, but its JWTs are taken yet.
  database.add(10, [&](Session& s) {
    s.kind = SessionKind::kJwt, s.source = "late", s.expires_at = now - kJwtSkew + Seconds(1);
  });
  const Session other_key = database.add(9, [](Session& s) { s.root_key_id = "k2"; });
  const auto live = [&] { return list(*database, {.live_at = now}, nullptr).size(); };
  REQUIRE(live() == 7);

  SECTION("all but one") {
    CHECK(revoke_all(*database, kOwner, {}, kept.session_id, now) == 6);
    CHECK(live() == 2);
    CHECK_FALSE(find(*database, kept.session_id)->revoked_at);
    CHECK_FALSE(find(*database, other.session_id)->revoked_at);
  }
  SECTION("all") { CHECK(revoke_all(*database, kOwner, {}, "", now) == 7); }
  SECTION("of a kind") {
    CHECK(revoke_all(*database, kOwner, SessionKind::kJwt, "", now) == 3);
    CHECK(live() == 5);
  }
  SECTION("of a kind and source") {
    CHECK(revoke_source(*database, kOwner, SessionKind::kJwt, "web", "", now) == 1);
    CHECK(revoke_source(*database, kOwner, SessionKind::kJwt, "web", "", now) == 0);
    CHECK(revoke_source(*database, kOwner, SessionKind::kJwt, "late", "", now) == 1);
    CHECK(revoke_source(*database, kOwner, SessionKind::kWeb, "", kept.session_id, now) == 2);
  }
  SECTION("of a root key") {
    CHECK(revoke_of_root_key(*database, "k1", now) == 7);
    CHECK(live() == 1);
    CHECK_FALSE(find(*database, other_key.session_id)->revoked_at);
  }
  CHECK(find(*database, uuid(0x50000007))->revoked_at == from_unix(5));
  CHECK_FALSE(find(*database, uuid(0x50000006))->revoked_at);
}

TEST_CASE("sessions: a list shows what it is asked for, in order") {
  Sessions database(GENERATE(from_range(database_kinds())));
  const Time now = from_unix(1'800'000'000);
  std::vector<Session> all;
  {
    Transaction filling(*database, Access::kWrite);
    for (int n = 0; n < 60; ++n) {
      all.push_back(database.add(n, [&](Session& s) {
        s.created_at = from_unix(5'000 - n / 5);
        if (n % 2 == 0) s.public_id = kOther;
        if (n % 3 == 0) s.kind = SessionKind::kJwt;
        if (n % 4 != 0) s.expires_at = now + Seconds(n - 30);
        if (n % 7 == 0) s.revoked_at = now + Seconds(n - 30);
      }));
    }
    filling.commit();
  }
  const auto check = [&](const Query& query) {
    std::vector<Session> expected = all;
    std::erase_if(expected, [&](const Session& s) {
      return (!query.public_id.empty() && s.public_id != query.public_id) ||
             (query.kind && s.kind != *query.kind) || (query.live_at && !s.live(*query.live_at)) ||
             (query.expires_before && !(s.expires_at && *s.expires_at < *query.expires_before));
    });
    std::ranges::sort(expected, [&](const Session& a, const Session& b) {
      const auto& [left, right] = query.descending ? std::tie(b, a) : std::tie(a, b);
      return std::tie(left.created_at, left.session_id) <
             std::tie(right.created_at, right.session_id);
    });
    std::vector<std::string> ids;
    for (const Session& session : expected) ids.push_back(session.session_id);
    CHECK(walk(*database, query, [] {}) == ids);
  };

  constexpr std::optional<SessionKind> kKinds[] = {std::nullopt, SessionKind::kWeb,
                                                   SessionKind::kJwt};
  const std::optional<Time> lives[] = {std::nullopt, now};
  const std::optional<Time> expirations[] = {std::nullopt, now + Seconds(11)};
  for (const std::string& of : {std::string(), kOwner, std::string("nobody")}) {
    for (const auto& kind : kKinds) {
      for (const auto& live_at : lives) {
        for (const auto& expires_before : expirations) {
          for (const bool descending : {false, true}) {
            for (const std::size_t limit : {1U, 7U, 1000U}) {
              CAPTURE(of, live_at.has_value(), expires_before.has_value(), descending, limit);
              check({.public_id = of,
                     .kind = kind,
                     .live_at = live_at,
                     .expires_before = expires_before,
                     .descending = descending,
                     .limit = limit});
            }
          }
        }
      }
    }
  }
}

TEST_CASE("sessions: a list read in pages misses none and repeats none while sessions are added") {
  Sessions database(GENERATE(from_range(database_kinds())));
  const auto descending = GENERATE(false, true);
  const std::string of = GENERATE_COPY(std::string(), kOwner);
  const auto in_the_same_second = [](Session& s) { s.created_at = from_unix(1'000); };
  Transaction sparing_the_disk(*database, Access::kWrite);
  for (int n = 0; n < 200; n += 10) database.add(n, in_the_same_second);
  // Beside every place in turn: before, at and after where the reader stands.
  int newcomer = 0;
  const auto ids = walk(*database, {.public_id = of, .descending = descending, .limit = 3}, [&] {
    for (int k = 0; k < 7 && newcomer < 20; ++k, ++newcomer) {
      database.add(10 * newcomer + 1 + k, in_the_same_second);
    }
  });
  auto sorted = ids;
  std::ranges::sort(sorted);
  CHECK(std::ranges::adjacent_find(sorted) == sorted.end());
  for (int n = 0; n < 200; n += 10) {
    CHECK(std::ranges::binary_search(sorted, session_row(n, kOwner).session_id));
  }
}

TEST_CASE("sessions: pruning deletes what ended long enough ago, in batches") {
  Sessions database(GENERATE(from_range(database_kinds())));
  const Time before = from_unix(1'000);
  const auto ended = [](std::optional<std::int64_t> expired, std::optional<std::int64_t> revoked) {
    return [=](Session& s) {
      if (expired) s.expires_at = from_unix(*expired);
      if (revoked) s.revoked_at = from_unix(*revoked);
    };
  };
  database.add(1, ended(999, {}));
  database.add(2, ended({}, 999));
  database.add(3, ended(500, 999));  // both
  database.add(4, ended(5'000, 1));
  const Session kept[] = {database.add(5, ended(1'000, {})), database.add(6, ended({}, 1'000)),
                          database.add(7, ended({}, {}))};

  CHECK(count_prunable(*database, before) == 4);
  CHECK(prune(*database, before, 1) == 1);
  CHECK(count_prunable(*database, before) == 3);
  std::int64_t deleted = 0;
  while (const auto some = prune(*database, before, 2)) deleted += some;
  CHECK(deleted == 3);
  CHECK(count_prunable(*database, before) == 0);
  for (const Session& session : kept) CHECK(find(*database, session.session_id));
}

TEST_CASE("sessions: whether one of scheme kit lives") {
  Sessions database(GENERATE(from_range(database_kinds())));
  const Time now = from_unix(1'800'000'000);
  const auto kit = [&](Session& s) { s.scheme = WebScheme::kKit, s.expires_at = now; };
  database.add(1);
  CHECK_FALSE(has_live_kit(*database, kOwner, now));
  const Session session = database.add(2, kit);
  CHECK_FALSE(has_live_kit(*database, kOwner, now));
  CHECK(has_live_kit(*database, kOwner, now - Seconds(1)));
  CHECK_FALSE(has_live_kit(*database, kOther, now - Seconds(1)));
  revoke(*database, session.session_id, now);
  CHECK_FALSE(has_live_kit(*database, kOwner, now - Seconds(1)));
}

TEST_CASE("sessions: ids are completed by prefix") {
  Sessions database(GENERATE(from_range(database_kinds())));
  for (int n = 0; n < 20; ++n) database.add(n);
  CHECK(ids_with_prefix(*database, "5000001", 100).size() == 4);
  CHECK(ids_with_prefix(*database, "5", 3) ==
        std::vector{uuid(0x50000000), uuid(0x50000001), uuid(0x50000002)});
  CHECK(ids_with_prefix(*database, "6", 3).empty());
}

}  // namespace
}  // namespace tokctl::db::sessions
