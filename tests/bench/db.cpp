// What the layer over SQLite costs: the join that validates a web token, a durable insert and a
// whole one-shot opening, each beside the same work by SQLite's own interface.
#include <benchmark/benchmark.h>
#include <sqlite3.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <random>
#include <string>
#include <vector>

#include "db/migrate.h"
#include "db/pool.h"
#include "db/session.h"
#include "db/user.h"

namespace {

using namespace tokctl;
using namespace tokctl::db;

constexpr int kUsers = 100'000;
constexpr int kSessionsPerUser = 10;

// A UUID by its looks; the multiplication scatters neighbours over the whole range, as random ids
// are.
std::string id(char kind, std::uint64_t number) {
  char text[37];
  const std::uint64_t scattered = (number + 1) * 0x9e3779b97f4a7c15U;
  std::snprintf(text, sizeof text, "%08x-%04x-4%03x-8%03x-%c%011x",
                static_cast<unsigned>(scattered >> 32),
                static_cast<unsigned>(scattered >> 16) & 0xffff,
                static_cast<unsigned>(scattered >> 4) & 0xfff,
                static_cast<unsigned>(scattered) & 0xfff, kind, static_cast<unsigned>(number));
  return text;
}

std::string session_id(std::uint64_t number) { return id('5', number); }
std::string public_id(std::uint64_t number) { return id('a', number); }

void fill(const std::string& path) {
  Pool pool("sqlite:" + path, {.create = true}, nullptr);
  const auto lease = pool.borrow();
  Handle& handle = *lease;
  migrate(handle);
  Transaction filling(handle, Access::kWrite);
  for (std::uint64_t n = 0; n < kUsers; ++n) {
    users::UserRow row;
    row.user.public_id = public_id(n);
    row.user.email = "user" + std::to_string(n) + "@example.com";
    row.user.full_name = "User Number " + std::to_string(n);
    row.user.created_at = row.user.updated_at =
        from_unix(1'700'000'000 + static_cast<std::int64_t>(n));
    row.secrets.private_id = id('b', n);
    row.secrets.password_scheme = "v1";
    row.secrets.password_hash = std::string(260, 'p');
    row.secrets.password_tag = std::string(64, 't');
    users::insert(handle, row);
    for (std::uint64_t k = 0; k < kSessionsPerUser; ++k) {
      sessions::insert(handle, {.session_id = session_id(n * kSessionsPerUser + k),
                                .public_id = row.user.public_id,
                                .root_key_id = "k1",
                                .created_at = row.user.created_at,
                                .expires_at = from_unix(4'000'000'000)});
    }
  }
  filling.commit();
}

// Made once and kept for the next run.
const std::string& million() {
  static const std::string path = [] {
    auto kept = (std::filesystem::temp_directory_path() / "tokctl-bench-1m.db").string();
    if (!std::filesystem::exists(kept)) {
      fill(kept + ".new");
      std::filesystem::rename(kept + ".new", kept);
    }
    return kept;
  }();
  return path;
}

constexpr std::int64_t kSessions = std::int64_t{kUsers} * kSessionsPerUser;

// Sessions to look for in random order, among the first `range` of them.
class RandomSessions {
 public:
  explicit RandomSessions(std::int64_t range) {
    std::mt19937_64 random(1);
    for (int i = 0; i < 200'000; ++i) {
      ids_.push_back(session_id(random() % static_cast<std::uint64_t>(range)));
    }
  }
  const std::string& next() { return ids_[next_++ % ids_.size()]; }

 private:
  std::vector<std::string> ids_;
  std::size_t next_ = 0;
};

constexpr const char* kRawJoin =
    "SELECT s.public_id, s.kind, s.scheme, s.root_key_id, s.source, s.created_at, s.expires_at,"
    " s.revoked_at, u.private_id, u.email, u.full_name, u.status, u.password_tag, u.deleted_at"
    " FROM sessions s JOIN users u ON u.public_id = s.public_id WHERE s.session_id = ?";
constexpr int kRawColumns = 14;

sqlite3* raw_open(const std::string& path) {
  sqlite3* database = nullptr;
  if (sqlite3_open_v2(path.c_str(), &database, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX,
                      nullptr) != SQLITE_OK) {
    std::abort();
  }
  return database;
}

std::size_t raw_join(sqlite3_stmt* statement, const std::string& key) {
  sqlite3_bind_text(statement, 1, key.data(), static_cast<int>(key.size()), SQLITE_STATIC);
  if (sqlite3_step(statement) != SQLITE_ROW) std::abort();
  std::size_t bytes = 0;
  for (int column = 0; column < kRawColumns; ++column) {
    benchmark::DoNotOptimize(sqlite3_column_text(statement, column));
    bytes += static_cast<std::size_t>(sqlite3_column_bytes(statement, column));
  }
  sqlite3_reset(statement);
  return bytes;
}

void join_raw(benchmark::State& state, const char* begin) {
  sqlite3* database = raw_open(million());
  sqlite3_stmt* statement = nullptr;
  sqlite3_prepare_v2(database, kRawJoin, -1, &statement, nullptr);
  sqlite3_exec(database, begin, nullptr, nullptr, nullptr);
  RandomSessions wanted(state.range(0));
  for (auto _ : state) benchmark::DoNotOptimize(raw_join(statement, wanted.next()));
  state.SetItemsProcessed(state.iterations());
  sqlite3_finalize(statement);
  sqlite3_close(database);
}
void join_raw_autocommit(benchmark::State& state) { join_raw(state, ""); }
void join_raw_in_transaction(benchmark::State& state) { join_raw(state, "BEGIN"); }
BENCHMARK(join_raw_autocommit)->Arg(1000)->Arg(kSessions)->MinTime(2);
BENCHMARK(join_raw_in_transaction)->Arg(1000)->Arg(kSessions)->MinTime(2);

void join_tokctl(benchmark::State& state, bool in_transaction) {
  Pool pool("sqlite:" + million(), {}, nullptr);
  const auto lease = pool.borrow();
  std::optional<Transaction> transaction;
  if (in_transaction) transaction.emplace(*lease, Access::kRead);
  RandomSessions wanted(state.range(0));
  for (auto _ : state) {
    benchmark::DoNotOptimize(sessions::find_with_owner(*lease, wanted.next()));
  }
  state.SetItemsProcessed(state.iterations());
}
void join_tokctl_autocommit(benchmark::State& state) { join_tokctl(state, false); }
void join_tokctl_in_transaction(benchmark::State& state) { join_tokctl(state, true); }
BENCHMARK(join_tokctl_autocommit)->Arg(1000)->Arg(kSessions)->MinTime(2);
BENCHMARK(join_tokctl_in_transaction)->Arg(1000)->Arg(kSessions)->MinTime(2);

void one_shot_raw(benchmark::State& state) {
  RandomSessions wanted(kSessions);
  for (auto _ : state) {
    sqlite3* database = raw_open(million());
    sqlite3_stmt* statement = nullptr;
    sqlite3_prepare_v2(database, kRawJoin, -1, &statement, nullptr);
    raw_join(statement, wanted.next());
    sqlite3_finalize(statement);
    sqlite3_close(database);
  }
}
BENCHMARK(one_shot_raw);

void one_shot_tokctl(benchmark::State& state) {
  RandomSessions wanted(kSessions);
  for (auto _ : state) {
    Pool pool("sqlite:" + million(), {}, nullptr);
    const auto lease = pool.borrow();
    benchmark::DoNotOptimize(sessions::find_with_owner(*lease, wanted.next()));
  }
}
BENCHMARK(one_shot_tokctl);

// A database of its own for what writes, gone afterwards.
class Scratch {
 public:
  Scratch() : path_((std::filesystem::temp_directory_path() / "tokctl-bench-scratch.db").string()) {
    clear();
    Pool pool("sqlite:" + path_, {.create = true}, nullptr);
    const auto lease = pool.borrow();
    migrate(*lease);
    users::UserRow owner;
    owner.user.public_id = public_id(0);
    users::insert(*lease, owner);
  }
  ~Scratch() { clear(); }
  const std::string& path() const { return path_; }

 private:
  void clear() {
    for (const char* end : {"", "-wal", "-shm"}) std::filesystem::remove(path_ + end);
  }
  const std::string path_;
};

void durable_insert_raw(benchmark::State& state) {
  const Scratch scratch;
  sqlite3* database = raw_open(scratch.path());
  sqlite3_stmt* statement = nullptr;
  sqlite3_prepare_v2(database,
                     "INSERT INTO sessions (session_id, public_id, kind, scheme, root_key_id,"
                     " source, created_at) VALUES (?, ?, 'web', 'v1', 'k1', '', 1)",
                     -1, &statement, nullptr);
  const std::string owner = public_id(0);
  std::uint64_t next = 0;
  for (auto _ : state) {
    const std::string key = session_id(next++);
    sqlite3_exec(database, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr);
    sqlite3_bind_text(statement, 1, key.data(), 36, SQLITE_STATIC);
    sqlite3_bind_text(statement, 2, owner.data(), 36, SQLITE_STATIC);
    if (sqlite3_step(statement) != SQLITE_DONE) std::abort();
    sqlite3_reset(statement);
    sqlite3_exec(database, "COMMIT", nullptr, nullptr, nullptr);
  }
  state.SetItemsProcessed(state.iterations());
  sqlite3_finalize(statement);
  sqlite3_close(database);
}
BENCHMARK(durable_insert_raw)->MinTime(2)->UseRealTime();

void durable_insert_tokctl(benchmark::State& state) {
  const Scratch scratch;
  Pool pool("sqlite:" + scratch.path(), {}, nullptr);
  std::uint64_t next = 0;
  for (auto _ : state) {
    const auto lease = pool.borrow();
    Transaction change(*lease, Access::kWrite);
    sessions::insert(*lease, {.session_id = session_id(next++),
                              .public_id = public_id(0),
                              .root_key_id = "k1",
                              .created_at = from_unix(1)});
    change.commit();
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(durable_insert_tokctl)->MinTime(2)->UseRealTime();

}  // namespace
