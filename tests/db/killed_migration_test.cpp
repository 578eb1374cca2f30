#include <catch2/catch.hpp>

#include "db/api_token.h"
#include "db/driver.h"
#include "db/migrate.h"
#include "db/test_database.h"
#include "embedded/schema_sql.h"
#include "support/error.h"
#include "support/faulty_driver.h"
#include "support/scratch.h"

namespace tokctl::db {
namespace {

// Everything that migrations make.
std::string content(Handle& db) {
  std::string text = db.connection().describe_schema();
  const auto take = [&](const Row& row) {
    text += std::to_string(row.integer(0)) + ' ' + std::to_string(row.integer(1)) + '\n';
  };
  db.each("SELECT id, version FROM schema_version ORDER BY id", take);
  db.each("SELECT id, seq FROM event_head ORDER BY id", take);
  return text;
}

std::string migrated_content(const std::string& url) {
  Pool pool(url, {.create = true}, nullptr);
  const auto db = pool.borrow();
  migrate(*db);
  return content(*db);
}

// Does no more than so many things to the database, as if the process were killed then. Whether it
// got to its end.
bool migrate_killed_after(int deeds, const std::string& url) {
  testing::FaultyDriver mortal(driver_for(url));
  mortal.fault = [&deeds](testing::FaultyDriver::At) {
    if (deeds-- <= 0) throw DbError(Trouble::kOther, "test.killed", "the process was killed");
  };
  try {
    Handle db(mortal.open(url, {.create = true}), nullptr);
    migrate(db);
    return true;
  } catch (const DbError& error) {
    REQUIRE(error.id() == "test.killed");
    return false;
  }
}

TEST_CASE("migrate: a creation that was killed after any statement is taken up again") {
  const auto kind = GENERATE(from_range(testing::shared_database_kinds()));
  const std::string fresh = migrated_content(testing::make_database(kind)->url());
  bool finished = false;
  int deeds = 0;
  for (; !finished; ++deeds) {
    CAPTURE(kind, deeds);
    const auto database = testing::make_database(kind);
    finished = migrate_killed_after(deeds, database->url());
    REQUIRE(migrated_content(database->url()) == fresh);
  }
  CHECK(deeds > 20);
}

TEST_CASE("migrate: an upgrade that was killed after any statement is taken up again") {
  const auto kind = GENERATE(from_range(testing::shared_database_kinds()));
  const std::string fresh = migrated_content(testing::make_database(kind)->url());
  const std::string first = testing::content_of(PUBLISHED_SCHEMAS "/1.sql");
  bool finished = false;
  int deeds = 0;
  for (; !finished; ++deeds) {
    CAPTURE(kind, deeds);
    const auto database = testing::make_database(kind);
    {
      Pool pool(database->url(), {.create = true}, nullptr);
      migrate(*pool.borrow(), first, 1, {});
    }
    finished = migrate_killed_after(deeds, database->url());
    REQUIRE(migrated_content(database->url()) == fresh);
  }
  CHECK(deeds > 5);
}

TEST_CASE("migrate: no token is lost by an upgrade, nor by one that was killed") {
  const auto kind = GENERATE(from_range(testing::shared_database_kinds()));
  const std::string before = testing::content_of(PUBLISHED_SCHEMAS "/5.sql");
  const std::string digests[] = {std::string(64, 'f'), std::string(64, '7'), std::string(64, '0')};
  bool finished = false;
  int deeds = 0;
  for (; !finished; ++deeds) {
    CAPTURE(kind, deeds);
    const auto database = testing::make_database(kind);
    {
      Pool pool(database->url(), {.create = true}, nullptr);
      const auto db = pool.borrow();
      migrate(*db, before, 5, {});
      users::insert(*db, testing::user_row(1));
      for (const std::string& digest : digests)
        db->run(
            "INSERT INTO api_tokens (id, public_id, digest, root_key_id, name, scopes, info,"
            " created_at, idle_s, ends_at)"
            " VALUES (?, ?, ?, 'k', ?, 'read', '{}', 5, 60, 65)",
            digest.substr(0, 36), testing::uuid(1), digest, digest.substr(0, 3));
    }
    finished = migrate_killed_after(deeds, database->url());
    Pool pool(database->url(), {}, nullptr);
    const auto db = pool.borrow();
    migrate(*db);
    for (const std::string& digest : digests) {
      const auto found = api_tokens::find_with_owner(*db, digest);
      REQUIRE(found);
      CHECK(found->token.name == digest.substr(0, 3));
      CHECK(found->token.idle == Seconds(60));
    }
    CHECK(api_tokens::inconsistent(*db, 10).empty());
  }
  CHECK(deeds > 10);
}

TEST_CASE("migrate: a creation that another version has not finished is left to it") {
  const auto database = testing::make_database("mariadb");
  Pool pool(database->url(), {}, nullptr);
  const auto db = pool.borrow();
  CHECK_THROWS_AS(
      migrate(*db, std::string(embedded::kSchemaSql) + "\nCREATE TABLE broken (;\n", 99, {}),
      DbError);
  const Error error = testing::error_of([&] { migrate(*db); });
  CHECK(error.code() == Code::kIntegrity);
  CHECK(error.id() == "db.unfinished");
}

}  // namespace
}  // namespace tokctl::db
