// What growth costs: API tokens judged by SQLite among ten thousand rows and among ten million, and
// while a million that expired are swept away.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <atomic>
#include <random>
#include <thread>

#include "bench/raw_sqlite.h"
#include "tokctl.h"

namespace {

using namespace tokctl;

constexpr std::int64_t kAsked = 10'000;

// A database with `kAsked` live tokens among others, which are copies of one of them in all but
// their keys, spread over a year; `expired` of those ended long ago.
class World {
 public:
  World(std::int64_t others, bool expired) {
    config_.db = "sqlite:" + (folder_ / "tokctl.db");
    config_.key_file = folder_ / "tokctl.key";
    config_.cache.map_entries = 1;
    Tokctl t = open();
    const UserRef user{.email = "u@example.com", .public_id = {}};
    t.users().create({.email = user.email, .full_name = "U", .password = {}});
    t.tokens().issue_api_many(user, {.name = "bench", .scopes = {"read"}}, kAsked,
                              [this](const SecretString& token, const TokenInfo&) {
                                tokens_.emplace_back(token.reveal());
                              });
    std::ranges::shuffle(tokens_, std::mt19937_64(1));
    if (others > 0) fill(others, expired ? "created_at - 86400 * 60" : "NULL");
  }

  Tokctl open() const { return tokctl::open(config_); }
  const std::vector<std::string>& tokens() const { return tokens_; }

 private:
  // Without the indexes, which are made anew at the end: with them it takes ten times as long.
  void fill(std::int64_t rows, const std::string& ends) const {
    const bench::RawDb db = bench::open_raw(folder_ / "tokctl.db");
    std::vector<std::pair<std::string, std::string>> indexes;
    const auto keep = [](void* to, int, char** values, char**) {
      static_cast<decltype(indexes)*>(to)->emplace_back(values[0], values[1]);
      return 0;
    };
    bench::must(sqlite3_exec(db.get(),
                             "SELECT name, sql FROM sqlite_master"
                             " WHERE tbl_name = 'api_tokens' AND sql LIKE 'CREATE%INDEX%'",
                             keep, &indexes, nullptr));
    bench::run_sql(db.get(), "PRAGMA synchronous = OFF; PRAGMA cache_size = -1000000; BEGIN");
    for (const auto& [name, sql] : indexes) bench::run_sql(db.get(), "DROP INDEX " + name);
    // In the order of their key, or each page would be written many times.
    bench::run_sql(
        db.get(),
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < " +
            std::to_string(rows) +
            ") INSERT INTO api_tokens (lookup, id, public_id, digest, root_key_id, name, scopes,"
            " info, created_at, expires_at, ends_at)"
            " SELECT 2 * (i - " +
            std::to_string(rows / 2) + ") * (9223372036854775807 / " + std::to_string(rows) +
            "), lower(hex(randomblob(18))), public_id, lower(hex(randomblob(32))), root_key_id,"
            " name, scopes, info, created_at - i % 31536000, " +
            ends + ", " + ends + " FROM n, (SELECT * FROM api_tokens LIMIT 1)");
    for (const auto& [name, sql] : indexes) bench::run_sql(db.get(), sql);
    bench::run_sql(db.get(), "COMMIT; PRAGMA wal_checkpoint(TRUNCATE)");
  }

  test::TempFolder folder_;
  Config config_;
  std::vector<std::string> tokens_;
};

void ask(benchmark::State& state, const World& world) {
  Tokctl t = world.open();
  std::size_t at = 0;
  for (auto _ : state) {
    if (!t.tokens().principal(world.tokens()[at++ % world.tokens().size()]))
      state.SkipWithError("refused");
  }
  state.SetItemsProcessed(state.iterations());
}

template <std::int64_t kRows>
void api_among(benchmark::State& state) {
  static const World world(kRows - kAsked, false);
  ask(state, world);
}

BENCHMARK(api_among<10'000>)->Name("api_among_10k");
BENCHMARK(api_among<1'000'000>)->Name("api_among_1m");
BENCHMARK(api_among<10'000'000>)->Name("api_among_10m");

// Validates without end, remembering next to nothing, until it is over; with upkeep, or as a
// program without it has to. The longest that one validation took.
class Validator {
 public:
  Validator(const World& world, bool upkeep)
      : thread_([this, &world, upkeep] { run(world, upkeep); }) {}
  Validator(const Validator&) = delete;
  Validator& operator=(const Validator&) = delete;
  ~Validator() {
    over_ = true;
    thread_.join();
  }
  // And begins anew.
  double longest_ms() { return static_cast<double>(longest_ns_.exchange(0)) / 1e6; }
  std::int64_t asked() const { return asked_; }

 private:
  void run(const World& world, bool upkeep) {
    Tokctl t = world.open();
    if (upkeep) t.upkeep().start([](const std::exception&) { std::abort(); });
    for (std::size_t at = 0; !over_; ++at) {
      const auto begin = std::chrono::steady_clock::now();
      if (!t.tokens().principal(world.tokens()[at % world.tokens().size()])) std::abort();
      const std::int64_t took = (std::chrono::steady_clock::now() - begin).count();
      std::int64_t longest = longest_ns_;
      while (took > longest && !longest_ns_.compare_exchange_weak(longest, took)) {
      }
      ++asked_;
      std::this_thread::sleep_for(std::chrono::microseconds(200));
    }
  }

  std::atomic<bool> over_ = false;
  std::atomic<std::int64_t> longest_ns_ = 0, asked_ = 0;
  std::thread thread_;
};

// Counted are the longest waits while it sweeps, and of as long a time without, which tells what of
// that is the machine's.
void gc_of_1m_expired(benchmark::State& state) {
  const World world(1'000'000, true);
  for (auto _ : state) {
    Validator with(world, true), without(world, false);
    Tokctl t = world.open();
    const auto begin = std::chrono::steady_clock::now();
    const auto collected = t.database().collect({});
    const auto took = std::chrono::steady_clock::now() - begin;
    if (collected.tokens != 1'000'000) state.SkipWithError("not all were swept");
    state.SetIterationTime(std::chrono::duration<double>(took).count());
    state.counters["asked"] = static_cast<double>(with.asked() + without.asked());
    state.counters["longest_ms"] = with.longest_ms();
    state.counters["longest_without_upkeep_ms"] = without.longest_ms();
    std::this_thread::sleep_for(took);
    state.counters["longest_alone_ms"] = std::max(with.longest_ms(), without.longest_ms());
  }
  state.SetItemsProcessed(state.iterations() * 1'000'000);
}
BENCHMARK(gc_of_1m_expired)->Iterations(1)->UseManualTime()->Unit(benchmark::kSecond);

}  // namespace
