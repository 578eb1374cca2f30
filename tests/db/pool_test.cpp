#include "db/pool.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <chrono>
#include <optional>
#include <thread>

#include "db/migrate.h"
#include "db/test_database.h"
#include "support/error.h"
#include "support/faulty_driver.h"
#include "support/scratch.h"

namespace tokctl::db {
namespace {

using testing::database_kinds;
using testing::make_database;
using testing::user_row;

TEST_CASE("pool: a connection comes back and is lent again") {
  const auto database = make_database(GENERATE(from_range(database_kinds())));
  Pool pool(database->url(), {.create = true}, nullptr);
  CHECK(pool.url() == database->url());
  const Handle* first = nullptr;
  {
    const auto lease = pool.borrow();
    first = &*lease;
    const auto second = pool.borrow();
    CHECK(&*second != first);
  }
  const auto one = pool.borrow(), two = pool.borrow();
  CHECK((&*one == first || &*two == first));
}

TEST_CASE("pool: a transaction left open is rolled back on return") {
  const auto database = make_database(GENERATE(from_range(database_kinds())));
  Pool pool(database->url(), {.create = true}, nullptr);
  migrate(*pool.borrow());
  {
    const auto lease = pool.borrow();
    lease->connection().begin(Access::kWrite);
    users::insert(*lease, user_row(1));
  }
  const auto lease = pool.borrow();
  CHECK(users::count(*lease) == 0);
  Transaction writing(*lease, Access::kWrite);
  users::insert(*lease, user_row(1));
  writing.commit();
  CHECK(users::count(*pool.borrow()) == 1);
}

TEST_CASE("pool: a database in memory is one for all its connections and gone with the pool") {
  const auto counted = [](Pool& pool) { return users::count(*pool.borrow()); };
  Pool first("sqlite::memory:", {}, nullptr), second("sqlite::memory:", {}, nullptr);
  migrate(*first.borrow());
  migrate(*second.borrow());
  {
    const auto one = first.borrow(), two = first.borrow();
    users::insert(*one, user_row(1));
    CHECK(users::count(*two) == 1);
  }
  CHECK(counted(first) == 1);
  CHECK(counted(second) == 0);
  for (int round = 0; round < 2; ++round) {
    Pool third("sqlite::memory:", {}, nullptr);
    CHECK_FALSE(schema_version(*third.borrow()));
    migrate(*third.borrow());
  }
}

TEST_CASE("pool: many threads read and write at once") {
  const auto database = make_database(GENERATE(from_range(database_kinds())));
  Pool pool(database->url(), {.create = true}, nullptr);
  constexpr int kThreads = 8, kEach = 25;
  std::atomic<int> failures = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      try {
        migrate(*pool.borrow());
        for (int n = 0; n < kEach; ++n) {
          {
            const auto lease = pool.borrow();
            Transaction change(*lease, Access::kWrite);
            users::insert(*lease, user_row(t * kEach + n));
            change.commit();
          }
          const auto reader = pool.borrow();
          if (!users::find(*reader, user_row(t * kEach + n).user.public_id)) ++failures;
        }
      } catch (const std::exception& error) {
        UNSCOPED_INFO(error.what());
        ++failures;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(failures == 0);
  CHECK(users::count(*pool.borrow()) == kThreads * kEach);
}

TEST_CASE("pool: has no more connections than it may") {
  const auto database = make_database(GENERATE(from_range(database_kinds())));
  Pool pool(database->url(), {.timeout = std::chrono::milliseconds(50), .create = true}, nullptr,
            {.size = 2});
  std::optional<Pool::Lease> one = pool.borrow();
  const auto two = pool.borrow();
  const Error error = testing::error_of([&] { pool.borrow(); });
  CHECK(error.id() == "db.pool");
  CHECK(error.code() == Code::kUnavailable);
  one.reset();
  pool.borrow();

  Pool patient(database->url(), {.create = true}, nullptr, {.size = 1});
  std::optional<Pool::Lease> lent = patient.borrow();
  std::thread waiting([&] { patient.borrow(); });
  lent.reset();
  waiting.join();
}

// ---- when connections fail, on SQLite as if it were a server
// ------------------------------------------------------------------------

using At = testing::FaultyDriver::At;

struct FaultyPool {
  explicit FaultyPool(PoolLimits limits = {}, bool server = true)
      : driver(sqlite_driver(), server),
        pool(driver, "sqlite:" + scratch / "test.db",
             {.timeout = std::chrono::milliseconds(300), .create = true}, nullptr, limits) {
    driver.fault = [this](At at) {
      if (at != At::kOpen) return;
      ++opened;
      if (refusals > 0 && refusals-- > 0) refuse();
    };
  }
  const testing::Scratch scratch;
  testing::FaultyDriver driver;
  int opened = 0, refusals = 0;
  void (*refuse)() = testing::gone;
  Pool pool;
};

TEST_CASE("pool: closes what has been idle too long") {
  FaultyPool patient;
  for (int n = 0; n < 3; ++n) patient.pool.borrow();
  CHECK(patient.opened == 1);
  FaultyPool hasty({.idle_for = std::chrono::milliseconds(0)});
  for (int n = 0; n < 3; ++n) hasty.pool.borrow();
  CHECK(hasty.opened == 3);
}

TEST_CASE("pool: a broken connection takes the idle ones with it") {
  FaultyPool faulty;
  {
    const auto one = faulty.pool.borrow(), two = faulty.pool.borrow();
  }
  CHECK(faulty.opened == 2);
  {
    const auto broken = faulty.pool.borrow();
    faulty.driver.fault = [](At) { testing::gone(); };
    CHECK_THROWS_AS(broken->run("SELECT 1"), DbError);
    faulty.driver.fault = [&](At at) { faulty.opened += at == At::kOpen; };
  }
  {
    const auto one = faulty.pool.borrow(), two = faulty.pool.borrow();
  }
  CHECK(faulty.opened == 4);
}

TEST_CASE("pool: waits for a server that has answered before, and for one that is starting") {
  FaultyPool faulty;
  faulty.refusals = 1;
  CHECK_THROWS_AS(faulty.pool.borrow(), DbError);  // nobody has ever been there
  CHECK(faulty.opened == 1);
  faulty.refusals = 3;
  faulty.refuse = testing::busy;  // somebody is, but not ready
  {
    const auto lease = faulty.pool.borrow();
  }
  CHECK(faulty.opened == 5);

  const auto held = faulty.pool.borrow();
  faulty.refusals = 3;
  faulty.refuse = testing::gone;
  {
    const auto lease = faulty.pool.borrow();
  }
  CHECK(faulty.opened == 9);
  const auto other = faulty.pool.borrow();
  faulty.refusals = 1'000'000;
  const auto start = std::chrono::steady_clock::now();
  CHECK(testing::error_of([&] { faulty.pool.borrow(); }).id() == "db.gone");
  CHECK(std::chrono::steady_clock::now() - start >= std::chrono::milliseconds(300));
}

TEST_CASE("pool: does not wait for a file") {
  FaultyPool faulty({}, false);
  const auto held = faulty.pool.borrow();
  faulty.refusals = 1;
  CHECK(testing::error_of([&] { faulty.pool.borrow(); }).id() == "db.gone");
  CHECK(faulty.opened == 2);
}

}  // namespace
}  // namespace tokctl::db
