#include "db/pool.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <filesystem>
#include <thread>

#include "db/migrate.h"
#include "db/test_database.h"
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

TEST_CASE("pool: keeps no more than so many idle connections") {
  const testing::Scratch scratch;
  const std::string path = scratch / "test.db";
  const auto open_files = [&] {
    std::size_t count = 0;
    for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
      std::error_code ignored;
      if (std::filesystem::read_symlink(entry.path(), ignored) == path) ++count;
    }
    return count;
  };
  Pool pool("sqlite:" + path, {.create = true}, nullptr);
  {
    std::vector<Pool::Lease> leases;
    for (std::size_t n = 0; n < Pool::kIdleMax + 4; ++n) leases.push_back(pool.borrow());
    CHECK(open_files() == Pool::kIdleMax + 4);
  }
  CHECK(open_files() == Pool::kIdleMax);
}

}  // namespace
}  // namespace tokctl::db
