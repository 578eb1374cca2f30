#include "db/table.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <set>

#include "db/migrate.h"
#include "db/test_database.h"

namespace tokctl::db {
namespace {

using testing::database_kinds;
using testing::Migrated;

const Table& table_named(std::string_view name) {
  const auto found = std::ranges::find(tables(), name, &Table::name);
  REQUIRE(found != tables().end());
  return *found;
}

TEST_CASE("table: they are what the database itself says that it has") {
  Migrated database("sqlite file");
  Handle& db = *database;
  std::set<std::string> names{"schema_version"};
  for (const Table& table : tables()) {
    names.insert(table.name);
    std::vector<std::string> expected, found;
    db.each(
        "SELECT name || ' ' || iif(type LIKE '%INT%', 'integer', 'text')"
        " || iif(\"notnull\" OR pk, '', ' null') || iif(pk, ' key', '') FROM pragma_table_info(?) "
        "ORDER BY cid",
        [&](const Row& row) { expected.push_back(row.string(0)); }, table.name);
    for (const Column& column : table.columns) {
      found.push_back(column.name + (column.integer ? " integer" : " text") +
                      (column.nullable ? " null" : "") + (found.empty() ? " key" : ""));
    }
    CHECK(found == expected);
  }
  std::set<std::string> there;
  db.each("SELECT name FROM sqlite_schema WHERE type = 'table'",
          [&](const Row& row) { there.insert(row.string(0)); });
  CHECK(names == there);
}

TEST_CASE("table: each refers only to those before it") {
  Migrated database("sqlite file");
  std::set<std::string> before;
  for (const Table& table : tables()) {
    (*database).each(
        "SELECT \"table\" FROM pragma_foreign_key_list(?)",
        [&](const Row& row) { CHECK(before.contains(row.string(0))); }, table.name);
    before.insert(table.name);
  }
}

TEST_CASE("table: rows come back in the order of their keys, page by page") {
  Migrated database(GENERATE(from_range(database_kinds())));
  TableAccess access(*database, table_named("login_throttle"));
  CHECK(access.count() == 0);
  CHECK_FALSE(access.last_key());
  // By bytes, whatever people's order is.
  const std::vector<std::string> keys{"",  "A",      "B",      "Z",         "a",
                                      "b", "\u00e9", "\uffee", "\U0001d11e"};
  for (auto key = keys.rbegin(); key != keys.rend(); ++key)
    access.insert({*key, std::int64_t{1}, INT64_MIN, INT64_MAX});
  CHECK(access.count() == static_cast<std::int64_t>(keys.size()));
  CHECK((access.last_key() == Cell(keys.back())));
  std::vector<std::string> found;
  for (std::optional<Cell> last;;) {
    const auto rows = access.read(last, 2);
    for (const Cells& row : rows) {
      CHECK((row == Cells{row[0], std::int64_t{1}, INT64_MIN, INT64_MAX}));
      found.push_back(std::get<std::string>(row[0]));
    }
    if (rows.size() < 2) break;
    last = rows.back().front();
  }
  CHECK(found == keys);
  CHECK_THROWS_AS(
      access.insert({std::string("A"), std::int64_t{1}, std::int64_t{1}, std::int64_t{1}}),
      DbError);
  access.clear();
  CHECK(access.count() == 0);
}

TEST_CASE("table: an absent value stays absent") {
  Migrated database(GENERATE(from_range(database_kinds())));
  TableAccess access(*database, table_named("root_keys"));
  const Cells row{std::string("k"), std::string(""), std::int64_t{0}, Cell(), Cell()};
  access.insert(row);
  CHECK((access.read({}, 10) == std::vector<Cells>{row}));
}

TEST_CASE("copy mark: a marked database is of no use until the mark is gone") {
  Migrated database(GENERATE(from_range(database_kinds())));
  Handle& db = *database;
  CHECK_FALSE(copy_mark(db));
  set_copy_mark(db, 5);
  set_copy_mark(db, 7);
  CHECK(copy_mark(db, Locking::kNone) == 7);
  try {
    schema_version(db);
    FAIL("it was taken for whole");
  } catch (const Error& error) {
    CHECK(error.id() == "copy.unfinished");
    CHECK(error.code() == Code::kIntegrity);
  }
  CHECK_THROWS_AS(migrate(db), Error);
  clear_copy_mark(db);
  CHECK(schema_version(db) == kSchemaVersion);
}

}  // namespace
}  // namespace tokctl::db
