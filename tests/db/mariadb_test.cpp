#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <thread>

#include "db/driver.h"
#include "db/migrate.h"
#include "db/test_database.h"
#include "support/error.h"

namespace tokctl::db {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;
using testing::error_of;
using testing::user_row;

std::int64_t number(const Row& row) { return row.integer(0); }

// A database with users 1 and 2, and connections whose waits end soon.
class Database {
 public:
  Database() : pool_(database_->url(), {.timeout = milliseconds(300)}, nullptr) {
    const auto db = pool_.borrow();
    migrate(*db);
    for (const int n : {1, 2}) users::insert(*db, user_row(n));
  }
  Pool& pool() { return pool_; }
  std::string url() const { return database_->url(); }

 private:
  const std::unique_ptr<testing::TestDatabase> database_ = testing::make_database("mariadb");
  Pool pool_;
};

void rename(Handle& db, int user, std::string_view name) {
  db.run("UPDATE users SET full_name = ? WHERE public_id = ?", name, testing::uuid(user));
}

DbError trouble_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const DbError& error) {
    return error;
  }
  FAIL("nothing was thrown");
  throw;
}

TEST_CASE("mariadb: a lock is waited for, and who waits in vain has lost his transaction") {
  Database database;
  const auto holder = database.pool().borrow(), db = database.pool().borrow();
  Transaction held(*holder, Access::kWrite);
  rename(*holder, 1, "Held");

  Transaction waiting(*db, Access::kWrite);
  rename(*db, 2, "Half");
  const auto started = steady_clock::now();
  const DbError error = trouble_of([&] { rename(*db, 1, "Other"); });
  CHECK(error.trouble() == Trouble::kBusy);
  CHECK(error.id() == "db.busy");
  CHECK(steady_clock::now() - started < milliseconds(2000));
  // The server has undone the statement alone; its half of the work must not be kept.
  CHECK(trouble_of([&] { rename(*db, 2, "More"); }).id() == "db.transaction_lost");
  CHECK(trouble_of([&] { waiting.commit(); }).id() == "db.transaction_lost");
  held.commit();

  Transaction again(*db, Access::kWrite);
  rename(*db, 2, "Whole");
  again.commit();
  CHECK(users::find(*db, testing::uuid(2))->user.full_name == "Whole");
}

TEST_CASE(
    "mariadb: of two that wait for each other one goes on, and nothing of the other is kept") {
  Database database;
  const auto here = database.pool().borrow(), there = database.pool().borrow();
  auto first = std::make_unique<Transaction>(*here, Access::kWrite);
  auto second = std::make_unique<Transaction>(*there, Access::kWrite);
  rename(*here, 1, "Here");
  rename(*there, 2, "There");
  int lost = 0;
  const auto finish = [&lost](Handle& db, Transaction& transaction, int user, const char* name) {
    try {
      rename(db, user, name);
      transaction.commit();
    } catch (const DbError& error) {
      if (error.trouble() == Trouble::kBusy) ++lost;
      // A part that fails alone would go on here.
      try {
        Savepoint part(db);
        rename(db, user, "Half");
        part.keep();
      } catch (const DbError&) {
      }
    }
    transaction.rollback();
  };
  std::thread other([&] { finish(*there, *second, 1, "There"); });
  finish(*here, *first, 2, "Here");
  other.join();
  CHECK(lost == 1);
  const auto name = [&](int user) {
    return users::find(*here, testing::uuid(user))->user.full_name;
  };
  CHECK(name(1) == name(2));
  CHECK(name(1) != "Half");
}

TEST_CASE("mariadb: a statement that takes too long is stopped, but not a migration") {
  Database database;
  const auto db = database.pool().borrow();
  const auto sleep = [&] { return db->first("SELECT SLEEP(0.5)", number); };
  const DbError error = trouble_of(sleep);
  CHECK(error.trouble() == Trouble::kBusy);
  CHECK(error.id() == "db.slow");
  {
    CHECK(trouble_of(sleep).id() == "db.slow");
    Transaction patient(*db, Access::kSchema);
    CHECK(db->first("SELECT SLEEP(2.5)", number) == 0);
    patient.commit();
  }
  CHECK(trouble_of(sleep).id() == "db.slow");
}

TEST_CASE("mariadb: a connection that the server ended is told by a look at it") {
  Database database;
  const auto db = database.pool().borrow(), killer = database.pool().borrow();
  const auto id = db->first("SELECT CONNECTION_ID()", number).value();
  CHECK(db->connection().usable());
  killer->connection().define("KILL " + std::to_string(id));
  for (int n = 0; n < 100 && db->connection().usable(); ++n) {
    std::this_thread::sleep_for(milliseconds(10));
  }
  CHECK_FALSE(db->connection().usable());
  CHECK(trouble_of([&] { users::count(*db); }).trouble() == Trouble::kGone);
  CHECK_FALSE(db->connection().usable());
}

TEST_CASE("mariadb: a server that says nothing is not waited for longer than told") {
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  REQUIRE(bind(listener, reinterpret_cast<sockaddr*>(&address), size) == 0);
  REQUIRE(listen(listener, 5) == 0);
  REQUIRE(getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size) == 0);
  const std::string url = "mysql://u:p@127.0.0.1:" + std::to_string(ntohs(address.sin_port)) + "/x";
  const auto started = steady_clock::now();
  const DbError error =
      trouble_of([&] { driver_for(url).open(url, {.timeout = milliseconds(500)}); });
  CHECK(error.trouble() == Trouble::kGone);
  CHECK(error.id() == "db.timeout");
  CHECK(steady_clock::now() - started < milliseconds(2000));
  close(listener);
}

TEST_CASE("mariadb: who opens it to read cannot write") {
  Database database;
  Pool pool(database.url(), {.read_only = true}, nullptr);
  const auto db = pool.borrow();
  CHECK(users::count(*db) == 2);
  const auto change = [&] {
    Transaction writing(*db, Access::kWrite);
    rename(*db, 1, "Changed");
  };
  CHECK(trouble_of(change).id() == "db.read_only");
  CHECK(trouble_of([&] { rename(*db, 1, "Changed"); }).trouble() == Trouble::kDenied);
  CHECK(users::count(*db) == 2);
}

TEST_CASE("mariadb: what does not fit is refused whole") {
  Database database;
  const auto db = database.pool().borrow();
  for (const std::string& name : {std::string(201, 'x'), std::string("a\xff")}) {
    const DbError error = trouble_of([&] { rename(*db, 1, name); });
    CHECK(error.id() == "db.value");
    CHECK(error.message().find(name) == std::string::npos);
  }
  CHECK(users::find(*db, testing::uuid(1))->user.full_name == "User 1");
}

TEST_CASE("mariadb: files of this host stay here") {
  Database database;
  const auto db = database.pool().borrow();
  CHECK_THROWS_AS(db->connection().define("LOAD DATA LOCAL INFILE '/etc/passwd' INTO TABLE users"),
                  DbError);
}

TEST_CASE("mariadb: a unique index over rows that are not is no definition applied already") {
  Database database;
  const auto db = database.pool().borrow();
  CHECK(trouble_of([&] {
          db->connection().define("CREATE UNIQUE INDEX once ON users (password_scheme)");
        }).trouble() == Trouble::kUnique);
}

}  // namespace
}  // namespace tokctl::db
