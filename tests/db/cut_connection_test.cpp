// What use cases make of a server that really ends their connections.
#include <catch2/catch.hpp>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <thread>

#include "auth/audit.h"
#include "auth/change.h"
#include "auth/context.h"
#include "auth/opening.h"
#include "auth/read.h"
#include "base/clock.h"
#include "base/random.h"
#include "crypto/keyring.h"
#include "db/driver.h"
#include "db/test_database.h"
#include "db/user.h"
#include "support/error.h"
#include "support/faulty_driver.h"
#include "support/scratch.h"

namespace tokctl::auth {
namespace {

using testing::FaultyDriver;
using testing::user_row;
using testing::uuid;
using At = FaultyDriver::At;

std::int64_t number(const db::Row& row) { return row.integer(0); }

// A database on a server, opened by way of a driver that can be given faults.
struct World {
  explicit World(const std::string& kind_)
      : kind(kind_),
        database(testing::make_database(kind)),
        driver(db::driver_for(database->url())),
        killers(database->url(), {}, nullptr) {
    config.db = database->url();
    config.key_file = keys / "tokctl.key";
    config.actor = "test";
    open_context(config, clock, random, true);
    context = std::make_unique<Context>(
        config, clock, random, crypto::load_keyring(config.key_file),
        std::make_unique<db::Pool>(driver, config.db, db::OpenOptions{}, nullptr));
  }

  std::int64_t id_of(db::Handle& db) const {
    return kind == "postgres" ? db.first("SELECT pg_backend_pid()", number).value()
                              : db.first("SELECT CONNECTION_ID()", number).value();
  }

  // Ends the server's side of a connection, and with it what was not committed.
  void cut(std::int64_t id) {
    const auto killer = killers.borrow();
    const bool postgres = kind == "postgres";
    killer->connection().define((postgres ? "DO $$ BEGIN PERFORM pg_terminate_backend(" : "KILL ") +
                                std::to_string(id) + (postgres ? "); END $$" : ""));
    const auto there = [&] {
      return postgres ? killer->first("SELECT 1 FROM pg_stat_activity WHERE pid = ?", number, id)
                      : killer->first("SELECT 1 FROM information_schema.processlist WHERE id = ?",
                                      number, id);
    };
    while (there()) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }

  // Makes users 1 and 2, with `between` in the middle.
  template <typename Between>
  void make_two(Between between) {
    write(*context, [&](Change& change) {
      ++tries;
      for (const int n : {1, 2}) {
        db::users::insert(change.db(), user_row(n));
        change.record("user.created", uuid(n), uuid(n));
        if (n == 1) between(change.db());
      }
      return true;
    });
  }

  // Sound, with so many users, each of whom has an event.
  void check_users(std::int64_t count) {
    const auto db = killers.borrow();
    CHECK(db::users::count(*db) == count);
    CHECK(db->first("SELECT count(*) FROM events WHERE type = ?", number, "user.created") == count);
    CHECK(Audit(*context).verify().checked == count + 1);  // and the database's own
  }

  const testing::Scratch keys;
  const std::string kind;
  const std::unique_ptr<testing::TestDatabase> database;
  FaultyDriver driver;
  db::Pool killers;
  SystemClock clock;
  SystemRandom random;
  Config config;
  std::unique_ptr<Context> context;
  int tries = 0;
};

std::string server_kind() { return GENERATE(as<std::string>(), "postgres", "mariadb"); }

TEST_CASE("cut connection: a read in the middle is begun again") {
  World world(server_kind());
  world.make_two([](db::Handle&) {});
  int tries = 0;
  const auto found = read(*world.context, [&](db::Handle& db) {
    const bool first = db::users::find(db, uuid(1)).has_value();
    if (++tries == 1) world.cut(world.id_of(db));
    return first && db::users::find(db, uuid(2)).has_value();
  });
  CHECK(found);
  CHECK(tries == 2);
}

TEST_CASE("cut connection: a change that was not committed is made once more, and is there once") {
  World world(server_kind());
  world.make_two([&](db::Handle& db) {
    if (world.tries == 1) world.cut(world.id_of(db));
  });
  CHECK(world.tries == 2);
  world.check_users(2);
}

TEST_CASE("cut connection: with a part that has failed, the whole is made once more") {
  World world(server_kind());
  world.make_two([](db::Handle&) {});
  int tries = 0;
  write(*world.context, [&](Change& change) {
    const auto id = world.id_of(change.db());
    const auto insert_again = [&] {
      const db::Savepoint part(change.db());
      try {
        db::users::insert(change.db(), user_row(1));
      } catch (const db::DbError&) {
        if (++tries == 1) world.cut(id);
        throw;
      }
    };
    CHECK_THROWS_AS(insert_again(), db::DbError);
    const auto first = db::users::find(change.db(), uuid(1));
    CHECK(first);
    db::users::insert(change.db(), user_row(3));
    change.record("user.created", uuid(3), uuid(3));
    return true;
  });
  CHECK(tries == 2);
  world.check_users(3);
}

TEST_CASE("cut connection: one that rested is replaced before it is used") {
  World world(server_kind());
  const auto id = read(*world.context, [&](db::Handle& db) { return world.id_of(db); });
  world.cut(id);
  world.make_two([](db::Handle&) {});
  world.check_users(2);
}

TEST_CASE("cut connection: a commit of which nobody heard is not made again") {
  World world(server_kind());
  const bool made = GENERATE(false, true);
  CAPTURE(world.kind, made);
  std::int64_t id = 0;
  world.driver.fault = [&](At at) {
    if (!made && at == At::kCommit) world.cut(id);
    if (made && at == At::kCommitted) testing::gone();
  };
  const Error error =
      testing::error_of([&] { world.make_two([&](db::Handle& db) { id = world.id_of(db); }); });
  CHECK(error.id() == "db.commit_unknown");
  CHECK(error.code() == Code::kUnavailable);
  CHECK(world.tries == 1);
  world.driver.fault = nullptr;
  world.check_users(made ? 2 : 0);
}

}  // namespace
}  // namespace tokctl::auth
