// Every statement that can meet a large table goes by an index.
#include <algorithm>
#include <catch2/catch.hpp>
#include <set>

#include "db/api_token.h"
#include "db/event.h"
#include "db/jwk.h"
#include "db/login_throttle.h"
#include "db/migrate.h"
#include "db/oauth_grant.h"
#include "db/oauth_provider.h"
#include "db/refresh_token.h"
#include "db/root_key.h"
#include "db/sealed.h"
#include "db/session.h"
#include "db/test_database.h"
#include "db/verification_token.h"
#include "support/raw_sqlite.h"
#include "support/scratch.h"

namespace tokctl::db {
namespace {

using testing::session_row;
using testing::user_row;
using testing::uuid;

void run_every_statement(Handle& db) {
  const Time now = from_unix(1'800'000'000);
  users::insert(db, user_row(1));
  users::update(db, user_row(1));
  users::count(db);
  users::find(db, uuid(1));
  users::find_by_email(db, "a");
  users::deleted_with_email(db, "a", 10);
  users::emails_with_prefix(db, "a", 10);
  users::ids_with_kit(db, now, "", 10);
  const User user = user_row(1).user;
  for (const User* after : {static_cast<const User*>(nullptr), &user}) {
    for (const bool descending : {false, true}) {
      users::list(db, {.order = users::Order::kEmail, .descending = descending}, after);
      users::list(db, {.order = users::Order::kCreated, .descending = descending}, after);
    }
  }

  const Session session = session_row(1, uuid(1));
  sessions::insert(db, session);
  sessions::find(db, session.session_id);
  sessions::find_with_owner(db, session.session_id);
  sessions::latest_live(db, uuid(1), SessionKind::kWeb, now);
  sessions::has_live_kit(db, uuid(1), now);
  sessions::ids_with_prefix(db, "5", 10);
  sessions::count_prunable(db, now);
  const Place behind_session{session.created_at, session.session_id};
  for (const Place* after : {static_cast<const Place*>(nullptr), &behind_session}) {
    for (const bool descending : {false, true}) {
      sessions::list(db, {.descending = descending}, after);
      sessions::list(db, {.public_id = uuid(1), .descending = descending}, after);
    }
  }
  sessions::revoke(db, session.session_id, now);
  sessions::revoke_all(db, uuid(1), {}, "", now);
  sessions::revoke_source(db, uuid(1), SessionKind::kWeb, "", "", now);
  sessions::revoke_of_root_key(db, "k1", now);
  sessions::prune(db, now + Seconds(1), 10);

  const ApiToken token = testing::token_row(1, uuid(1));
  api_tokens::insert(db, token, "digest");
  api_tokens::find(db, token.id);
  api_tokens::digest_of(db, token.id);
  api_tokens::find_with_owner(db, "digest");
  api_tokens::used(db, api_tokens::lookup_of("digest"), now);
  api_tokens::replace(db, token);
  api_tokens::ids_with_prefix(db, "5", 10);
  api_tokens::count_prunable(db, now);
  api_tokens::inconsistent(db, 10);
  const Place behind_token{token.created_at, token.id};
  for (const Place* after : {static_cast<const Place*>(nullptr), &behind_token}) {
    for (const bool descending : {false, true}) {
      api_tokens::list(db, {.descending = descending}, after);
      api_tokens::list(db, {.public_id = uuid(1), .descending = descending}, after);
    }
  }
  api_tokens::revoke(db, token.id, now);
  api_tokens::revoke_all(db, uuid(1), now);
  api_tokens::revoke_of_root_key(db, "k1", now);
  api_tokens::prune(db, now + Seconds(1), 10);

  oauth_providers::insert(db, {.provider = {.name = "p"}, .client_secret = {}});
  oauth_providers::find(db, "p");
  oauth_providers::update(db, {.provider = {.name = "p"}, .client_secret = {}});
  oauth_providers::list(db, "");
  oauth_providers::names_with_prefix(db, "p", 10);
  const oauth_grants::GrantRow grant{.grant = {.id = uuid(1), .ref = {"a", "p"}},
                                     .access_token = {},
                                     .refresh_token = {},
                                     .lease_until = {}};
  oauth_grants::insert(db, grant);
  oauth_grants::find(db, uuid(1));
  oauth_grants::find(db, grant.grant.ref);
  oauth_grants::take_lease(db, grant, uuid(2), now, now);
  oauth_grants::update(db, grant);
  oauth_grants::list(db, {}, nullptr);
  oauth_grants::list(db, {.account = "a"}, nullptr);
  oauth_grants::list(db, {}, &grant.grant.ref);
  const oauth_grants::Due due{.id = uuid(1), .expires_at = now};
  oauth_grants::due(db, now, now, nullptr, 10);
  oauth_grants::due(db, now, now, &due, 10);
  oauth_grants::revoked(db, now, {}, 10);
  oauth_grants::remove_revoked(db, uuid(1), now);
  oauth_grants::count_of_provider(db, "p");
  oauth_grants::accounts_with_prefix(db, "a", 10);
  oauth_grants::remove(db, uuid(1));
  oauth_providers::remove(db, "p");

  for (const SealedColumn& column : sealed_columns()) {
    list_sealed(db, column, "x", "", 10);
    replace_sealed(db, column, {.key = "k", .value = "v"}, "w");
  }
  jwks::insert(db, {.info = {.kid = "k"}, .type = "EC", .jwk = "sealed"});
  jwks::find(db, "k");
  jwks::find_signing(db, "EC");
  jwks::list(db);
  jwks::extend(db, "k", now);
  jwks::update(db, {.info = {.kid = "k"}});

  const RefreshToken refresh{.id = uuid(7), .session_id = uuid(8), .public_id = uuid(1)};
  refresh_tokens::insert(db, refresh, "digest");
  refresh_tokens::find(db, refresh.id);
  refresh_tokens::find_by_digest(db, "digest");
  refresh_tokens::use(db, refresh.id, now, uuid(9));
  refresh_tokens::ids_with_prefix(db, "5", 10);
  refresh_tokens::count_prunable(db, now);
  refresh_tokens::end_of_root_key(db, "k1", now);
  const Place behind_refresh{refresh.created_at, refresh.id};
  for (const Place* after : {static_cast<const Place*>(nullptr), &behind_refresh}) {
    for (const bool descending : {false, true}) {
      refresh_tokens::list(db, {.descending = descending}, after);
      refresh_tokens::list(db, {.public_id = uuid(1), .descending = descending}, after);
    }
  }
  refresh_tokens::prune(db, now, 10);

  const VerificationToken verify{.id = uuid(7), .public_id = uuid(1), .expires_at = now};
  verification_tokens::put(db, verify, "digest");
  verification_tokens::find(db, verify.id);
  verification_tokens::find(db, uuid(1), verify.purpose);
  verification_tokens::find_by_digest(db, "digest");
  verification_tokens::count_try(db, verify);
  verification_tokens::consume(db, verify.id, now);
  verification_tokens::void_one(db, verify.id, now);
  verification_tokens::void_all(db, uuid(1), {}, now);
  verification_tokens::void_all(db, uuid(1), verify.purpose, now);
  verification_tokens::void_of_root_key(db, "k1", now);
  verification_tokens::ids_with_prefix(db, "5", 10);
  verification_tokens::count_prunable(db, now);
  const Place behind_verify{verify.created_at, verify.id};
  for (const Place* after : {static_cast<const Place*>(nullptr), &behind_verify}) {
    for (const bool descending : {false, true}) {
      verification_tokens::list(db, {.descending = descending}, after);
      verification_tokens::list(db, {.public_id = uuid(1), .descending = descending}, after);
    }
  }
  verification_tokens::prune(db, now + Seconds(1), 10);

  events::insert(db, {.seq = 1});
  events::set_head(db, events::head(db, Locking::kNone));
  for (const bool descending : {false, true}) {
    events::list(db, {.descending = descending}, 0);
    events::list(db, {.public_id = uuid(1), .descending = descending}, 0);
  }
  events::last_before(db, now, 10);
  events::count_before(db, now);
  events::prune(db, 1);

  login_throttle::insert(db, "digest", {});
  login_throttle::update(db, "digest", {});
  login_throttle::find(db, "digest", Locking::kNone);
  login_throttle::prune(db, now, 10);
  login_throttle::remove(db, "digest");

  root_keys::insert(db, {.id = "k1"});
  root_keys::list(db);
  root_keys::active(db);
  root_keys::update(db, {.id = "k1"});
}

TEST_CASE("plan: no statement reads or sorts a whole table") {
  const testing::Scratch scratch;
  const std::string path = scratch / "test.db";
  std::set<std::string> statements;
  Pool pool("sqlite:" + path, {.create = true},
            [&](std::string_view sql, std::chrono::nanoseconds) { statements.emplace(sql); });
  const auto db = pool.borrow();
  migrate(*db);
  statements.clear();
  run_every_statement(*db);
  REQUIRE(statements.size() > 100);

  const std::string may_read_all[] = {
      "SELECT id, public_id, root_key_id, name, scopes, info, created_at, expires_at, idle_s,"
      " last_used_at, revoked_at, replaced_by, ends_at, digest FROM api_tokens",  // db check
      "SELECT count(*) FROM users",                            // by an index at least
      "UPDATE sessions SET revoked_at = ? WHERE root_key_id",  // when a root key is retired
      "UPDATE verification_tokens SET expires_at = ? WHERE root_key_id",  // the same
      "UPDATE refresh_tokens SET expires_at = ? WHERE root_key_id",
      "SELECT kid, algorithm, signs, jwk, created_at, rotated_at, retired_at,"
      " tokens_until FROM jwks ORDER BY",                       // a few dozen keys
      "SELECT id, state, created_at, activated_at, retired_at"  // a handful of root keys
      ,
      "SELECT id FROM root_keys"};
  test::RawSqlite raw(path);
  for (const std::string& sql : statements) {
    if (sql.starts_with("INSERT") || sql == "BEGIN" || sql == "COMMIT") continue;
    const bool excused = std::ranges::any_of(
        may_read_all, [&](const std::string& start) { return sql.starts_with(start); });
    const std::string plan = raw.all("EXPLAIN QUERY PLAN " + sql, 3);
    INFO(sql << "\n" << plan);
    CHECK((excused || plan.find("SCAN") == std::string::npos));
    CHECK((excused || plan.find("TEMP B-TREE") == std::string::npos));
    CHECK(!plan.empty());
  }
}

}  // namespace
}  // namespace tokctl::db
