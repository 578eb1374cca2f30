#include "db/handle.h"

#include <catch2/catch.hpp>

#include "db/migrate.h"
#include "db/test_database.h"
#include "support/error.h"

namespace tokctl::db {
namespace {

using testing::database_kinds;
using testing::Migrated;
using testing::shared_database_kinds;
using testing::user_row;

std::int64_t number(const Row& row) { return row.integer(0); }

TEST_CASE("handle: a change by another connection is seen at once, whatever was read before") {
  Migrated database(GENERATE(from_range(database_kinds())));
  Handle& here = *database;
  for (int n = 0; n < 3; ++n) users::insert(here, user_row(n));

  // Each has more rows than the one that is read.
  const auto first_name = [](Handle& db) {
    return db.first("SELECT full_name FROM users ORDER BY public_id",
                    [](const Row& row) { return row.string(0); });
  };
  const auto first_email = [](Handle& db) {
    return db.first("SELECT email FROM users ORDER BY public_id",
                    [](const Row& row) { return row.string(0); });
  };
  CHECK(first_name(here) == "User 0");
  CHECK(first_email(here) == "user000000@example.com");

  {
    const auto there = database.pool().borrow();
    Transaction change(*there, Access::kWrite);
    there->run("UPDATE users SET full_name = 'Changed', email = 'changed@example.com'");
    change.commit();
  }
  CHECK(first_name(here) == "Changed");
  CHECK(first_email(here) == "changed@example.com");
  Transaction writing(here, Access::kWrite);  // refused on an old snapshot
  here.run("UPDATE users SET full_name = 'Again'");
  writing.commit();
}

TEST_CASE("handle: a row's reader may throw, and the statement is as new afterwards") {
  Migrated database(GENERATE(from_range(database_kinds())));
  Handle& db = *database;
  for (int n = 0; n < 3; ++n) users::insert(db, user_row(n));
  const auto read = [&](auto use) { db.each("SELECT public_id FROM users", use); };
  CHECK_THROWS_AS(read([](const Row&) { throw std::runtime_error("no"); }), std::runtime_error);
  int rows = 0;
  read([&](const Row&) { ++rows; });
  CHECK(rows == 3);
}

TEST_CASE("handle: running a statement inside itself is refused") {
  Migrated database(GENERATE(from_range(database_kinds())));
  for (int n = 0; n < 3; ++n) users::insert(*database, user_row(n));
  constexpr Sql kIds = "SELECT public_id FROM users";
  const auto nested = [&] {
    (*database).each(kIds, [&](const Row&) { (*database).each(kIds, [](const Row&) {}); });
  };
  CHECK(testing::error_of(nested).id() == "db.statement_running");
  int rows = 0;
  (*database).each(kIds, [&](const Row&) { ++rows; });
  CHECK(rows == 3);
}

TEST_CASE("handle: values keep their type, NULL and all") {
  Migrated database(GENERATE(from_range(database_kinds())));
  Handle& db = *database;
  constexpr std::string_view kNoText;  // no data at all, which must not become NULL
  users::UserRow row = user_row(1);
  users::insert(db, row);
  db.run(
      "UPDATE users SET full_name = ?, password_hash = ?, kit_hash = ?, kit_email = ?,"
      " created_at = ?, updated_at = ?, password_set_at = ?, deleted_at = ? WHERE public_id = ?",
      kNoText, std::optional<std::string>(), nullptr, std::optional<std::string>(""),
      std::numeric_limits<std::int64_t>::max(), std::numeric_limits<std::int64_t>::min(),
      std::optional<Time>(), true, row.user.public_id);
  db.each(
      "SELECT full_name, password_hash, kit_hash, kit_email, created_at, updated_at,"
      " password_set_at, deleted_at FROM users",
      [](const Row& found) {
        CHECK_FALSE(found.is_null(0));
        CHECK(found.text(0).empty());
        CHECK(found.is_null(1));
        CHECK_FALSE(found.optional_string(2));
        CHECK(found.optional_string(3) == "");
        CHECK(found.integer(4) == std::numeric_limits<std::int64_t>::max());
        CHECK(found.integer(5) == std::numeric_limits<std::int64_t>::min());
        CHECK_FALSE(found.optional_time(6));
        CHECK(found.integer(7) == 1);
      });
}

TEST_CASE("handle: texts of any length come back whole, in any order") {
  Migrated database(GENERATE(from_range(database_kinds())));
  Handle& db = *database;
  std::vector<std::string> texts;
  for (const std::size_t size : {3U, 70'000U, 0U, 512U, 513U, 511U, 3'000'000U, 1U}) {
    const int n = static_cast<int>(texts.size());
    texts.emplace_back(size, static_cast<char>('a' + n));
    users::insert(db, user_row(n));
    db.run("UPDATE users SET kit_hash = ?, kit_email = ? WHERE public_id = ?", texts.back(),
           std::string_view(texts.back()).substr(0, 600), testing::uuid(n));
  }
  std::size_t row = 0;
  db.each("SELECT kit_hash, kit_email FROM users ORDER BY public_id", [&](const Row& found) {
    const std::string& text = texts.at(row++);
    CHECK((found.text(0) == text));  // no need to print it
    CHECK((found.text(1) == std::string_view(text).substr(0, 600)));
    // A row's reader may run another statement meanwhile.
    CHECK(users::count(db) == static_cast<std::int64_t>(texts.size()));
    CHECK((found.text(0) == text));
  });
  CHECK(row == texts.size());
}

TEST_CASE("handle: a run tells how many rows it matched") {
  Migrated database(GENERATE(from_range(database_kinds())));
  Handle& db = *database;
  for (int n = 0; n < 5; ++n) users::insert(db, user_row(n));
  const auto rename = [&](const char* email) {
    return db.run("UPDATE users SET full_name = 'Same' WHERE email < ?", email);
  };
  CHECK(rename("user000003") == 3);
  CHECK(rename("user000003") == 3);  // nothing differs any more
  CHECK(rename("") == 0);
  CHECK(db.run("DELETE FROM users WHERE email >= ?", "user000003") == 2);
}

TEST_CASE("transaction: committed, left and rolled back") {
  Migrated database(GENERATE(from_range(database_kinds())));
  Handle& db = *database;
  {
    Transaction left(db, Access::kWrite);
    users::insert(db, user_row(1));
    CHECK(users::count(db) == 1);
  }
  CHECK(users::count(db) == 0);
  {
    Transaction undone(db, Access::kWrite);
    users::insert(db, user_row(1));
    undone.rollback();
    undone.rollback();
    CHECK(users::count(db) == 0);
    CHECK(testing::code_of([&] { undone.commit(); }) == Code::kInternal);
  }
  {
    Transaction done(db, Access::kWrite);
    users::insert(db, user_row(1));
    done.commit();
    done.rollback();
  }
  CHECK(users::count(db) == 1);
  CHECK_THROWS([&] {
    Transaction thrown(db, Access::kWrite);
    users::insert(db, user_row(2));
    users::insert(db, user_row(2));
  }());
  CHECK(users::count(db) == 1);
}

TEST_CASE("transaction: reading sees one moment") {
  const auto database = testing::make_database(GENERATE(from_range(shared_database_kinds())));
  Pool pool(database->url(), {.create = true}, nullptr);
  const auto here = pool.borrow();
  migrate(*here);
  Transaction reading(*here, Access::kRead);
  CHECK(users::count(*here) == 0);
  users::insert(*pool.borrow(), user_row(1));
  CHECK(users::count(*here) == 0);
  reading.commit();
  CHECK(users::count(*here) == 1);
}

TEST_CASE("savepoint: a part fails alone") {
  Migrated database(GENERATE(from_range(database_kinds())));
  Handle& db = *database;
  Transaction batch(db, Access::kWrite);
  for (const int n : {1, 2, 2, 3, 1, 4}) {
    try {
      Savepoint part(db);
      db.run("UPDATE users SET full_name = ?", std::to_string(n));
      users::insert(db, user_row(n));
      part.keep();
    } catch (const DbError& error) {
      CHECK(error.trouble() == Trouble::kUnique);
    }
  }
  batch.commit();
  CHECK(users::count(db) == 4);
  CHECK(db.first("SELECT count(*) FROM users WHERE full_name = '4'", number) == 3);
}

TEST_CASE("handle: the trace is told every statement's text, and no value") {
  const auto database = testing::make_database("sqlite memory");
  std::vector<std::string> told;
  Pool pool(database->url(), {.create = true},
            [&](std::string_view sql, std::chrono::nanoseconds took) {
              CHECK(took.count() >= 0);
              told.emplace_back(sql);
            });
  const auto db = pool.borrow();
  migrate(*db);
  told.clear();
  {
    Transaction change(*db, Access::kWrite);
    db->run("DELETE FROM users WHERE email = ?", "secret@example.com");
    change.commit();
  }
  CHECK(told == std::vector<std::string>{"BEGIN", "DELETE FROM users WHERE email = ?", "COMMIT"});
}

// What a database can do that SQLite hardly ever does.

struct Calls {
  std::vector<std::string> made;
  std::optional<Trouble> commit_fails;
  std::optional<Trouble> release_fails;
};

class FailingConnection final : public Connection {
 public:
  explicit FailingConnection(Calls& calls) : calls_(calls) {}
  std::unique_ptr<Statement> prepare(std::string_view, Locking) override { return nullptr; }
  void define(std::string_view) override {}
  void begin(Access) override { calls_.made.push_back("begin"); }
  void commit() override { call("commit", calls_.commit_fails); }
  void rollback() noexcept override { calls_.made.push_back("rollback"); }
  void savepoint() override { calls_.made.push_back("savepoint"); }
  void release_savepoint() override { call("release", calls_.release_fails); }
  void rollback_to_savepoint() noexcept override { calls_.made.push_back("rollback to"); }
  bool has_table(std::string_view) override { return false; }
  std::string describe_schema() override { return {}; }
  std::string check() override { return {}; }
  std::int64_t change_counter() override { return 0; }
  bool usable() const noexcept override { return true; }

 private:
  void call(const char* name, std::optional<Trouble> fails) {
    calls_.made.push_back(name);
    if (fails) throw DbError(*fails, "db.failed", "it failed");
  }
  Calls& calls_;
};

TEST_CASE("transaction: a commit that fails is rolled back, once") {
  Calls calls;
  Handle db(std::make_unique<FailingConnection>(calls), nullptr);
  const auto commit = [&] {
    Transaction change(db, Access::kWrite);
    change.commit();
  };
  SECTION("busy") {
    calls.commit_fails = Trouble::kBusy;
    CHECK(testing::error_of(commit).id() == "db.failed");
  }
  SECTION("the server went away: nobody knows") {
    calls.commit_fails = Trouble::kGone;
    const Error error = testing::error_of(commit);
    CHECK(error.id() == "db.commit_unknown");
    CHECK(error.code() == Code::kUnavailable);
  }
  CHECK(calls.made == std::vector<std::string>{"begin", "commit", "rollback"});
}

TEST_CASE("savepoint: one that cannot be kept is rolled back") {
  Calls calls;
  calls.release_fails = Trouble::kOther;
  Handle db(std::make_unique<FailingConnection>(calls), nullptr);
  CHECK_THROWS([&] {
    Savepoint part(db);
    part.keep();
  }());
  CHECK(calls.made == std::vector<std::string>{"savepoint", "release", "rollback to"});
}

}  // namespace
}  // namespace tokctl::db
