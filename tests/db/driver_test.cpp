#include "db/driver.h"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <exception>
#include <filesystem>
#include <fstream>

#include "db/pool.h"
#include "support/error.h"

namespace tokctl::db {
namespace {

using testing::error_of;

TEST_CASE("driver: SQLite is compiled in") {
  CHECK(&driver_for("sqlite:/some/path") == &sqlite_driver());
  CHECK(sqlite_driver().name() == "sqlite");
}

TEST_CASE("driver: a module beside the program is loaded by its scheme") {
  CHECK(driver_for("toy://here").name() == "toy");
  CHECK(&driver_for("toy://here") == &driver_for("toy://there"));

  Pool pool("toy://here", {}, nullptr);
  const auto db = pool.borrow();
  constexpr Sql kSql = "SELECT 1";
  const auto text = [](const Row& row) { return row.string(0); };
  CHECK(db->first(kSql, text) == "SELECT 1");
  CHECK(db->first(kSql.with(Locking::kRows), text) == "SELECT 1 FOR UPDATE");
  CHECK(db->first(kSql, text) == "SELECT 1");
}

TEST_CASE("driver: what a module throws is caught by its type") {
  Pool down("toy://down", {}, nullptr);
  try {
    down.borrow();
    FAIL("nothing was thrown");
  } catch (const DbError& error) {
    CHECK(error.trouble() == Trouble::kGone);
    CHECK(error.code() == Code::kUnavailable);
    CHECK(error.id() == "db.down");
    CHECK(error.hint() == "start it");
  }
  CHECK(std::uncaught_exceptions() == 0);
  Pool pool("toy://here", {}, nullptr);
  const auto db = pool.borrow();
  CHECK_THROWS_AS(db->run("INSERT", "taken"), DbError);
  CHECK(error_of([&] { db->run("INSERT", "taken"); }).code() == Code::kConflict);
  CHECK(error_of([&] {
          Transaction change(*db, Access::kWrite);
          change.commit();
        }).id() == "db.commit_unknown");
}

TEST_CASE("driver: one of another version, and what is none, are refused") {
  for (const char* url : {"antique://host", "stranger://host"}) {
    const Error error = error_of([&] { driver_for(url); });
    CHECK(error.code() == Code::kUnavailable);
    CHECK(error.id() == "db.driver");
  }
}

TEST_CASE("driver: a URL can name no path and is not repeated") {
  for (const char* url : {"", "toy", ":", "://", "../toy://x", "/tmp/x://y", "Toy://x", "t oy://x",
                          "unknown://secret", "toy:no-slashes"}) {
    CAPTURE(url);
    const Error error = error_of([&] { driver_for(url); });
    CHECK(error.code() == Code::kUsage);
    CHECK(error.id() == "db.url");
    CHECK(error.message().find("secret") == std::string::npos);
  }
}

}  // namespace
}  // namespace tokctl::db
