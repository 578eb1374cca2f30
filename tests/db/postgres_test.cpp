// What is particular to PostgreSQL: a server that others use too, and that may go away.
#include <sys/types.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <chrono>
#include <csignal>
#include <optional>
#include <thread>

#include "db/event.h"
#include "db/migrate.h"
#include "db/session.h"
#include "db/test_database.h"
#include "support/error.h"

namespace tokctl::db {
namespace {

using testing::error_of;
using testing::make_database;
using testing::Migrated;
using testing::session_row;
using testing::user_row;
using testing::uuid;

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr const char* kKind = "postgres";

std::int64_t number(const Row& row) { return row.integer(0); }
std::string text(const Row& row) { return row.string(0); }

template <typename Call>
Trouble trouble_of(Call call) {
  try {
    call();
  } catch (const DbError& error) {
    return error.trouble();
  }
  FAIL("nothing was thrown");
  throw;  // FAIL does not return
}

// Ends the server's side of a connection, as a restart does.
void cut(Pool& pool, Handle& victim) {
  const auto pid = victim.first("SELECT pg_backend_pid()", number).value();
  const auto other = pool.borrow();
  other->first("SELECT pg_terminate_backend(CAST(? AS int))", text, pid);
  while (other->first("SELECT 1 FROM pg_stat_activity WHERE pid = ?", number, pid)) {
  }
}

TEST_CASE("postgres: a statement is the same the first time and when it is kept on the server") {
  Migrated database(kKind);
  Handle& db = *database;
  constexpr Sql kSql =
      "SELECT '?' || \"public_id\" FROM users WHERE email = ? OR full_name = '?''?'";
  users::insert(db, user_row(1));
  for (int run = 0; run < 10; ++run) {
    CHECK(db.first(kSql, text, user_row(1).user.email) == "?" + uuid(1));
    CHECK_FALSE(db.first(kSql, text, "nobody"));
  }
  CHECK(db.first("SELECT count(*) FROM pg_prepared_statements", number) == 1);
}

TEST_CASE("postgres: text compares by its bytes in a database of any locale") {
  Migrated database(kKind);
  Handle& db = *database;
  int n = 0;
  for (const char* name : {"a", "B", "\u00e4", "b", "A", "~"}) {
    auto row = user_row(++n);
    row.user.full_name = name;
    users::insert(db, row);
  }
  std::string order;
  db.each("SELECT full_name FROM users ORDER BY full_name",
          [&](const Row& row) { order += row.text(0); });
  CHECK(order == "ABab~\u00e4");
  CHECK(db.first("SELECT count(*) FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid"
                 " JOIN pg_type ON pg_type.oid = atttypid"
                 " WHERE relname IN ('users', 'sessions', 'events') AND typcategory = 'S'"
                 " AND attcollation <> 'pg_catalog.\"C\"'::regcollation",
                 number) == 0);
}

TEST_CASE("postgres: a value that does not fit is refused whole, and not repeated") {
  Migrated database(kKind);
  Handle& db = *database;
  for (const std::string& name :
       {std::string("sec\0ret", 7), std::string(201, 's'), std::string("sec\xffret")}) {
    auto row = user_row(1);
    row.user.full_name = name;
    const Error error = error_of([&] { users::insert(db, row); });
    CHECK(error.id() == "db.value");
    CHECK(error.message().find("sec") == std::string::npos);
  }
  CHECK(users::count(db) == 0);
}

TEST_CASE("postgres: a connection that was cut is noticed, and not lent again") {
  Migrated database(kKind);
  Pool& pool = database.pool();
  SECTION("while it rests") {
    Connection* cut_one = nullptr;
    {
      const auto victim = pool.borrow();
      cut_one = &victim->connection();
      cut(pool, *victim);
      std::this_thread::sleep_for(milliseconds(150));  // shorter rests are not looked into
      CHECK_FALSE(cut_one->usable());
    }
    const auto next = pool.borrow();
    CHECK(users::count(*next) == 0);
  }
  SECTION("by the statement that meets it") {
    const auto victim = pool.borrow();
    cut(pool, *victim);
    CHECK(trouble_of([&] { users::count(*victim); }) == Trouble::kGone);
    CHECK_FALSE(victim->connection().usable());
    victim->connection().rollback();
  }
  SECTION("by the commit, of which nobody then knows") {
    const auto victim = pool.borrow();
    Transaction change(*victim, Access::kWrite);
    users::insert(*victim, user_row(1));
    cut(pool, *victim);
    CHECK(error_of([&] { change.commit(); }).id() == "db.commit_unknown");
  }
}

TEST_CASE("postgres: nothing takes longer than it may") {
  const auto database = make_database(kKind);
  Pool pool(database->url(), {.timeout = milliseconds(200)}, nullptr);
  const auto db = pool.borrow();
  const auto started = steady_clock::now();
  CHECK(error_of([&] { db->first("SELECT pg_sleep(10)", text); }).id() == "db.slow");
  CHECK(db->connection().usable());

  {
    Pool other(database->url(), {}, nullptr);
    const auto holder = other.borrow();
    migrate(*holder);
    const Transaction held(*holder, Access::kWrite);
    holder->run("UPDATE event_head SET id = id");
    Transaction waiting(*db, Access::kWrite);
    const auto update = [&] { db->run("UPDATE event_head SET id = id"); };
    CHECK(error_of(update).id() == "db.busy");
  }
  CHECK(steady_clock::now() - started < milliseconds(3000));
}

TEST_CASE("postgres: a server that stands still is not waited for") {
  const auto database = make_database(kKind);
  Pool pool(database->url(), {.timeout = milliseconds(200)}, nullptr);
  const auto db = pool.borrow();
  const auto pid = static_cast<pid_t>(db->first("SELECT pg_backend_pid()", number).value());
  REQUIRE(kill(pid, SIGSTOP) == 0);
  const auto started = steady_clock::now();
  CHECK(error_of([&] { db->first("SELECT 1", number); }).id() == "db.timeout");
  CHECK(steady_clock::now() - started < milliseconds(2500));
  CHECK_FALSE(db->connection().usable());
  db->connection().rollback();
  REQUIRE(kill(pid, SIGCONT) == 0);
}

TEST_CASE("postgres: of two that wait for each other's rows, one is told") {
  Migrated database(kKind);
  Pool& pool = database.pool();
  Handle& here = *database;
  users::insert(here, user_row(1));
  users::insert(here, user_row(2));
  std::atomic<int> collided = 0;
  const auto change_both = [&](int first, int second) {
    const auto db = pool.borrow();
    try {
      Transaction change(*db, Access::kWrite);
      users::find(*db, uuid(first), Locking::kRows);
      std::this_thread::sleep_for(milliseconds(200));
      users::find(*db, uuid(second), Locking::kRows);
      change.commit();
    } catch (const DbError& error) {
      if (error.trouble() == Trouble::kBusy) ++collided;
    }
  };
  std::thread other(change_both, 1, 2);
  change_both(2, 1);
  other.join();
  CHECK(collided == 1);
}

TEST_CASE("postgres: who waits for the end of the log while all is replaced begins anew") {
  Migrated database(kKind);
  Handle& here = *database;
  Transaction restore(here, Access::kWrite);
  const auto head = events::head(here, Locking::kRows);
  here.run("DELETE FROM event_head");
  here.run(
      "INSERT INTO event_head (id, seq, mac, anchor_seq, anchor_mac, anchor_key_id, anchor_proof)"
      " VALUES (1, 7, ?, 0, '', '', '')",
      head.mac);
  std::optional<DbError> told;
  std::thread other([&] {
    const auto there = database.pool().borrow();
    try {
      Transaction change(*there, Access::kWrite);
      events::head(*there, Locking::kRows);
    } catch (const DbError& error) {
      told = error;
    }
  });
  // Until the other waits.
  const auto watcher = database.pool().borrow();
  while (watcher->first("SELECT count(*) FROM pg_stat_activity"
                        " WHERE datname = current_database() AND wait_event_type = 'Lock'",
                        number) == 0)
    std::this_thread::sleep_for(milliseconds(5));
  restore.commit();
  other.join();
  REQUIRE(told);
  CHECK(told->trouble() == Trouble::kBusy);  // so it is tried again
}

TEST_CASE("postgres: what a failure has undone is not taken for committed") {
  Migrated database(kKind);
  Handle& db = *database;
  Transaction change(db, Access::kWrite);
  users::insert(db, user_row(1));
  CHECK_THROWS_AS(users::insert(db, user_row(1)), DbError);
  CHECK(error_of([&] { users::count(db); }).id() == "db.transaction_lost");
  CHECK(error_of([&] { change.commit(); }).id() == "db.transaction_lost");
  CHECK(users::count(db) == 0);
}

TEST_CASE("postgres: the check finds rows without their owner") {
  Migrated database(kKind);
  Handle& db = *database;
  CHECK(db.connection().check().empty());
  users::insert(db, user_row(1));
  sessions::insert(db, session_row(1, uuid(1)));
  CHECK(db.connection().check().empty());
  db.connection().define("SET session_replication_role = replica");
  db.run("DELETE FROM users");
  CHECK_FALSE(db.connection().check().empty());
}

TEST_CASE("postgres: a connection that may only read does not write") {
  Migrated database(kKind);
  Pool pool(database.pool().url(), {.read_only = true}, nullptr);
  const auto db = pool.borrow();
  CHECK(users::count(*db) == 0);
  CHECK(error_of([&] { users::insert(*db, user_row(1)); }).id() == "db.read_only");
}

TEST_CASE("postgres: a database that does not hold UTF-8 is refused") {
  const auto database = make_database(kKind);
  const auto admin = driver_for(database->url()).open(database->url(), {});
  admin->define("CREATE DATABASE t_latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0");
  const std::string url = database->url();
  const auto begin = url.rfind('/', url.find('?')) + 1;
  std::string latin = url;
  latin.replace(begin, url.find('?') - begin, "t_latin");
  CHECK(error_of([&] { driver_for(latin).open(latin, {}); }).id() == "db.encoding");
  admin->define("DROP DATABASE t_latin");
}

TEST_CASE("postgres: messages carry nothing of the database's own") {
  Migrated database(kKind);
  Handle& db = *database;
  users::insert(db, user_row(1));
  for (const Error& error : {error_of([&] { users::insert(db, user_row(1)); }),
                             error_of([&] { db.run("SELECT secret FROM nowhere"); }),
                             error_of([&] { db.run("SELECT 1 / 0"); })}) {
    for (const char* word : {"user", "secret", "nowhere", "zero", "ERROR", "Key"}) {
      CAPTURE(error.message());
      CHECK(error.message().find(word) == std::string::npos);
    }
  }
}

}  // namespace
}  // namespace tokctl::db
