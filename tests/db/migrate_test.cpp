#include "db/migrate.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <catch2/catch.hpp>
#include <thread>

#include "db/test_database.h"
#include "embedded/schema_sql.h"
#include "support/child.h"
#include "support/error.h"
#include "support/scratch.h"

namespace tokctl::db {
namespace {

using testing::content_of;
using testing::database_kinds;
using testing::error_of;
using testing::make_database;
using testing::shared_database_kinds;

// The schema of a version as it was first published. Such a file never changes.
std::string published(int version) {
  const auto schema = content_of(PUBLISHED_SCHEMAS "/" + std::to_string(version) + ".sql");
  REQUIRE_FALSE(schema.empty());
  return schema;
}

TEST_CASE("migrate: the fresh schema is what every published one is led to") {
  const auto kind = GENERATE(from_range(database_kinds()));
  const auto fresh = make_database(kind);
  Pool fresh_pool(fresh->url(), {.create = true}, nullptr);
  const auto db = fresh_pool.borrow();
  CHECK_FALSE(schema_version(*db));
  const Migrated created = migrate(*db);
  CHECK(created.from == 0);
  CHECK(created.to == kSchemaVersion);
  CHECK(created.changed());
  CHECK(schema_version(*db) == kSchemaVersion);
  CHECK_FALSE(migrate(*db).changed());
  CHECK(db->connection().check().empty());

  for (int version = 1; version <= kSchemaVersion; ++version) {
    const auto old = make_database(kind);
    Pool pool(old->url(), {.create = true}, nullptr);
    const auto led = pool.borrow();
    migrate(*led, published(version), version, {});
    const Migrated migrated = migrate(*led);
    CHECK(migrated.from == version);
    CHECK(migrated.to == kSchemaVersion);
    CHECK(led->connection().describe_schema() == db->connection().describe_schema());
    CHECK(led->first("SELECT seq FROM event_head WHERE id = 1",
                     [](const Row& row) { return row.integer(0); }) == 0);
  }
}

TEST_CASE("migrate: the steps lead, one by one, to the version of the schema") {
  std::int64_t version = 1;
  for (const Migration& step : migrations()) CHECK(step.to == ++version);
  CHECK(version == kSchemaVersion);
}

TEST_CASE("migrate: descriptions differ when schemas do") {
  const auto kind = GENERATE(from_range(database_kinds()));
  const std::string schemas[] = {
      "CREATE TABLE t (a BIGINT NOT NULL PRIMARY KEY, b TEXT);\n",
      "CREATE TABLE t (a BIGINT NOT NULL PRIMARY KEY, b TEXT NOT NULL);\n",
      "CREATE TABLE t (a BIGINT NOT NULL PRIMARY KEY, b BIGINT);\n",
      "CREATE TABLE t (a BIGINT NOT NULL PRIMARY KEY, c TEXT);\n",
      "CREATE TABLE t (a BIGINT NOT NULL, b VARCHAR(5) NOT NULL PRIMARY KEY);\n",
      "CREATE TABLE u (a BIGINT NOT NULL PRIMARY KEY, b TEXT);\n",
      "CREATE TABLE t (a BIGINT NOT NULL PRIMARY KEY, b BIGINT);\nCREATE INDEX i ON t (b, a);\n",
      "CREATE TABLE t (a BIGINT NOT NULL PRIMARY KEY, b BIGINT);\nCREATE INDEX i ON t (a, b);\n",
      "CREATE TABLE t (a BIGINT NOT NULL PRIMARY KEY, b BIGINT);\nCREATE INDEX j ON t (a, b);\n",
      "CREATE TABLE t (a BIGINT NOT NULL PRIMARY KEY, b BIGINT);\n"
      "CREATE UNIQUE INDEX i ON t (a, b);\n",
      "CREATE TABLE t (a BIGINT NOT NULL PRIMARY KEY, b BIGINT,\n"
      "  FOREIGN KEY (b) REFERENCES t (a));\n",
  };
  const std::string versions =
      "CREATE TABLE schema_version (id BIGINT NOT NULL PRIMARY KEY, version BIGINT NOT NULL);\n";
  std::vector<std::string> descriptions;
  for (const std::string& schema : schemas) {
    const auto database = make_database(kind);
    Pool pool(database->url(), {.create = true}, nullptr);
    const auto db = pool.borrow();
    migrate(*db, versions + schema, 1, {});
    descriptions.push_back(db->connection().describe_schema());
  }
  std::ranges::sort(descriptions);
  CHECK(std::ranges::adjacent_find(descriptions) == descriptions.end());
}

// The engine, with a chain of its own.

constexpr std::string_view kToyFirst =
    "-- A comment; with a semicolon;\n"
    "CREATE TABLE schema_version (\n"
    "  id BIGINT NOT NULL PRIMARY KEY,\n"
    "  version BIGINT NOT NULL\n"
    ");\n"
    "\n"
    "CREATE TABLE things (\n"
    "-- another\n"
    "  id BIGINT NOT NULL PRIMARY KEY\n"
    ");\n"
    "INSERT INTO things (id)\n"
    "  VALUES (1);";

bool step_fails = false;

constexpr std::array kToySteps = {
    Migration{2,
              [](Handle& db) {
                db.connection().define("ALTER TABLE things ADD COLUMN name VARCHAR(10)");
                db.run("UPDATE things SET name = 'old'");
              }},
    Migration{3,
              [](Handle& db) {
                db.connection().define("CREATE INDEX things_name ON things (name)");
                if (step_fails) throw Error(Code::kInternal, "toy", "half-way");
                db.run("UPDATE things SET name = 'new' WHERE name = 'old'");
              }},
};

std::string name_of_thing(Handle& db) {
  return db
      .first("SELECT name FROM things WHERE id = 1", [](const Row& row) { return row.string(0); })
      .value();
}

TEST_CASE("migrate: a step that fails half-way is run again") {
  const auto database = make_database(GENERATE(from_range(database_kinds())));
  Pool pool(database->url(), {.create = true}, nullptr);
  const auto db = pool.borrow();
  CHECK(migrate(*db, kToyFirst, 1, {}).from == 0);

  step_fails = true;
  CHECK_THROWS_AS(migrate(*db, "", 3, kToySteps), Error);
  CHECK(schema_version(*db) < 3);
  step_fails = false;
  const Migrated migrated = migrate(*db, "", 3, kToySteps);
  CHECK(migrated.to == 3);
  CHECK(schema_version(*db) == 3);
  CHECK(name_of_thing(*db) == "new");
}

TEST_CASE("migrate: a creation that fails half-way is run again") {
  const auto database = make_database(GENERATE(from_range(database_kinds())));
  Pool pool(database->url(), {.create = true}, nullptr);
  const auto db = pool.borrow();
  const std::string broken = std::string(kToyFirst) + "\nCREATE TABLE things_too (;\n";
  CHECK_THROWS_AS(migrate(*db, broken, 1, {}), DbError);
  CHECK_FALSE(schema_version(*db));
  CHECK(migrate(*db, kToyFirst, 1, {}).changed());
  CHECK(schema_version(*db) == 1);
}

// What a refused migration has to leave as it is.
std::string content(Handle& db) {
  std::string text = db.connection().describe_schema();
  db.each("SELECT version FROM schema_version",
          [&](const Row& row) { text += "version " + row.string(0) + "\n"; });
  return text;
}

TEST_CASE("migrate: a newer database is refused and left as it is") {
  const auto database = make_database(GENERATE(from_range(database_kinds())));
  Pool pool(database->url(), {.create = true}, nullptr);
  const auto db = pool.borrow();
  migrate(*db, embedded::kSchemaSql, kSchemaVersion + 1, {});
  const std::string before = content(*db);
  const Error error = error_of([&] { migrate(*pool.borrow()); });
  CHECK(error.code() == Code::kIntegrity);
  CHECK(error.id() == "db.newer");
  CHECK(content(*db) == before);
}

TEST_CASE("migrate: another program's database is refused and left as it is") {
  const auto database = make_database(GENERATE(from_range(database_kinds())));
  const char* ddl =
      GENERATE("CREATE TABLE notes (id BIGINT NOT NULL PRIMARY KEY)",
               "CREATE TABLE schema_version (installed_rank BIGINT NOT NULL PRIMARY KEY)");
  Pool pool(database->url(), {.create = true}, nullptr);
  const auto db = pool.borrow();
  db->connection().define(ddl);
  const std::string before = db->connection().describe_schema();
  for (int round = 0; round < 2; ++round) {
    const Error error = error_of([&] { migrate(*db); });
    CHECK(error.code() == Code::kIntegrity);
    CHECK(error.id() == "db.foreign");
  }
  CHECK(db->connection().describe_schema() == before);
}

TEST_CASE("migrate: a database that holds a view of somebody else's is refused") {
  const auto database = make_database(GENERATE(from_range(database_kinds())));
  Pool pool(database->url(), {.create = true}, nullptr);
  const auto db = pool.borrow();
  db->run("CREATE VIEW v AS SELECT 1 AS one");
  CHECK(error_of([&] { migrate(*db); }).id() == "db.foreign");
}

TEST_CASE("migrate: a database whose version never was is refused and left as it is") {
  const auto database = make_database(GENERATE(from_range(database_kinds())));
  Pool pool(database->url(), {.create = true}, nullptr);
  const auto db = pool.borrow();
  migrate(*db);
  const Sql sql =
      GENERATE(Sql("UPDATE schema_version SET version = -1"),
               Sql("UPDATE schema_version SET version = 0"), Sql("DELETE FROM schema_version"));
  db->run(sql);
  const std::string before = content(*db);
  CHECK(error_of([&] { migrate(*db); }).code() == Code::kIntegrity);
  CHECK(content(*db) == before);
}

TEST_CASE("migrate: of many processes that start at once, one does it and all find it done") {
  const auto database = make_database(GENERATE(from_range(shared_database_kinds())));
  CHECK(testing::in_children(10, [&](int) {
          Pool pool(database->url(), {.create = true}, nullptr);
          const auto db = pool.borrow();
          migrate(*db);
          return schema_version(*db) == kSchemaVersion;
        }) == 10);
}

TEST_CASE("migrate: of many threads that start at once, one does it") {
  const auto database = make_database(GENERATE(from_range(database_kinds())));
  Pool pool(database->url(), {.create = true}, nullptr);
  std::atomic<int> created = 0, failed = 0;
  std::vector<std::thread> threads;
  for (int n = 0; n < 10; ++n) {
    threads.emplace_back([&] {
      try {
        created += migrate(*pool.borrow()).changed();
      } catch (const std::exception&) {
        ++failed;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(created == 1);
  CHECK(failed == 0);
}

}  // namespace
}  // namespace tokctl::db
