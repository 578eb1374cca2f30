// API tokens in process: answered from memory, asked of SQLite, and issued. A hundred thousand of
// them in random order, so that nothing is answered from where one has just been.

#include "db/api_token.h"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <random>

#include "bench/raw_sqlite.h"
#include "crypto/keyring.h"
#include "crypto/opaque_token.h"
#include "crypto/short_hash.h"
#include "tokctl.h"

namespace {

using namespace tokctl;

constexpr std::int64_t kTokens = 100'000;

class World {
 public:
  World() {
    config_.db = "sqlite:" + file();
    config_.key_file = folder_ / "tokctl.key";
    config_.cache.map_entries = 2 * kTokens;
    config_.cache.map_ttl = std::chrono::minutes(5);
    asking_ = std::make_unique<Tokctl>(open(config_));
    user_ = asking_->users().create({.email = "u@example.com", .full_name = "U", .password = {}});
    asking_->tokens().issue_api_many(ref(), {.name = "bench", .scopes = {"read"}}, kTokens,
                                     [this](const SecretString& token, const TokenInfo&) {
                                       tokens_.emplace_back(token.reveal());
                                     });
    std::ranges::shuffle(tokens_, std::mt19937_64(1));
    const auto keyring = crypto::load_keyring(config_.key_file);
    const auto& key = keyring.mac_key(keyring.ids().front(), crypto::Purpose::kLookup);
    for (const std::string& token : tokens_)
      digests_.push_back(crypto::opaque_token_digest(key, token));
  }

  std::string file() const { return folder_ / "tokctl.db"; }
  UserRef ref() const { return {.email = user_.email, .public_id = {}}; }
  const std::vector<std::string>& tokens() const { return tokens_; }
  const std::vector<std::string>& digests() const { return digests_; }

  // One that asks the database each time.
  Tokctl& asking() { return *asking_; }
  // One that remembers all of them.
  Tokctl& remembering() {
    if (!remembering_) remembering_ = std::make_unique<Tokctl>(open(config_));
    remembering_->upkeep().start([](const std::exception&) { std::abort(); });
    for (const std::string& token : tokens_) {
      if (!remembering_->tokens().principal(token)) std::abort();
    }
    return *remembering_;
  }

 private:
  test::TempFolder folder_;
  Config config_;
  User user_;
  std::vector<std::string> tokens_, digests_;
  std::unique_ptr<Tokctl> asking_, remembering_;
};

World& world() {
  static World world;
  return world;
}

// From memory.

// What no process map can beat: a table that nobody changes, read without a lock, by the same hash;
// and a look at what it leads to.
class FlatTable {
 public:
  struct Entry {
    std::int64_t expires_at = 1;
    char more[500] = {};
  };

  FlatTable() : hash_(random_), slots_(std::size_t{1} << 19) {
    for (const std::string& token : world().tokens()) {
      const crypto::ShortHash hash = hash_(token);
      std::size_t at = hash.low & (slots_.size() - 1);
      while (slots_[at].entry) at = (at + 1) & (slots_.size() - 1);
      slots_[at] = {hash, std::make_unique<Entry>()};
    }
  }
  const Entry* find(std::string_view token) const {
    const crypto::ShortHash hash = hash_(token);
    for (std::size_t at = hash.low & (slots_.size() - 1); slots_[at].entry;
         at = (at + 1) & (slots_.size() - 1)) {
      if (slots_[at].hash == hash) return slots_[at].entry.get();
    }
    return nullptr;
  }

 private:
  struct Slot {
    crypto::ShortHash hash;
    std::unique_ptr<Entry> entry;
  };
  SystemRandom random_;
  crypto::ShortHashKey hash_;
  std::vector<Slot> slots_;
};

// Each thread begins at a place of its own.
template <typename Ask>
void in_random_order(benchmark::State& state, const Ask& ask) {
  const auto& tokens = world().tokens();
  std::size_t at = static_cast<std::size_t>(state.thread_index()) * 7919 * 31 % tokens.size();
  for (auto _ : state) {
    if (!ask(tokens[at])) state.SkipWithError("refused");
    if (++at == tokens.size()) at = 0;
  }
  state.SetItemsProcessed(state.iterations());
}

void flat_table(benchmark::State& state) {
  static const FlatTable table;
  in_random_order(state, [](const std::string& token) {
    const FlatTable::Entry* entry = table.find(token);
    return entry != nullptr && entry->expires_at > 0;
  });
}

void api_map_hit(benchmark::State& state) {
  static auth::Tokens& tokens = world().remembering().tokens();
  if (state.thread_index() == 0) world().remembering();  // again, for what was forgotten meanwhile
  in_random_order(state,
                  [](const std::string& token) { return tokens.principal(token) != nullptr; });
}

BENCHMARK(flat_table);
BENCHMARK(api_map_hit);
BENCHMARK(flat_table)->Name("flat_table_8")->Threads(8)->UseRealTime();
BENCHMARK(api_map_hit)->Name("api_map_hit_8")->Threads(8)->UseRealTime();

// From SQLite.

void raw_api_join(benchmark::State& state) {
  const bench::RawDb db = bench::open_raw(world().file());
  std::vector<std::string> keys;
  for (const std::string& digest : world().digests())
    keys.push_back(std::to_string(db::api_tokens::lookup_of(digest)));
  bench::raw_lookups(state, db.get(),
                     "SELECT id, t.public_id, root_key_id, name, scopes, info, t.created_at,"
                     " expires_at, idle_s, last_used_at, revoked_at, replaced_by, email, full_name,"
                     " status, deleted_at FROM api_tokens t JOIN users u"
                     " ON u.public_id = t.public_id WHERE lookup = CAST(? AS INTEGER)",
                     16, keys);
}

void api_sqlite(benchmark::State& state) {
  auth::Tokens& tokens = world().asking().tokens();
  in_random_order(state,
                  [&](const std::string& token) { return tokens.principal(token) != nullptr; });
}

BENCHMARK(raw_api_join);
BENCHMARK(api_sqlite);

// Issuing.

void api_issue(benchmark::State& state) {
  auth::Tokens& tokens = world().asking().tokens();
  for (auto _ : state) benchmark::DoNotOptimize(tokens.issue_api(world().ref(), {.name = "one"}));
  state.SetItemsProcessed(state.iterations());
}

void api_issue_many(benchmark::State& state) {
  auth::Tokens& tokens = world().asking().tokens();
  constexpr std::int64_t kCount = 50'000;
  for (auto _ : state) {
    tokens.issue_api_many(world().ref(), {.name = "many"}, kCount,
                          [](const SecretString&, const TokenInfo&) {});
  }
  state.SetItemsProcessed(state.iterations() * kCount);
}

// What a row costs SQLite in a transaction of a thousand, with the indexes that the table has.
void raw_batched_insert(benchmark::State& state) {
  const test::TempFolder folder;
  const bench::RawDb db = bench::open_raw(folder / "raw.db");
  bench::run_sql(db.get(),
                 "CREATE TABLE s (id TEXT PRIMARY KEY, user TEXT, digest TEXT, name TEXT, created"
                 " INT, expires INT) WITHOUT ROWID; CREATE UNIQUE INDEX d ON s (digest);"
                 "CREATE INDEX u ON s (user, created, id); CREATE INDEX c ON s (created, id);"
                 "CREATE INDEX e ON s (expires)");
  constexpr std::int64_t kBatch = 1000;
  sqlite3_stmt* insert = nullptr;
  bench::must(sqlite3_prepare_v2(db.get(),
                                 "INSERT INTO s VALUES (lower(hex(randomblob(18))),"
                                 " '6dcda2da-92c3-41e5-8994-feff819cdc9f',"
                                 " lower(hex(randomblob(32))), 'many', 1800000000, NULL)",
                                 -1, &insert, nullptr));
  for (auto _ : state) {
    bench::run_sql(db.get(), "BEGIN IMMEDIATE");
    for (std::int64_t i = 0; i < kBatch; ++i) {
      bench::must(sqlite3_step(insert));
      sqlite3_reset(insert);
    }
    bench::run_sql(db.get(), "COMMIT");
  }
  sqlite3_finalize(insert);
  state.SetItemsProcessed(state.iterations() * kBatch);
}

BENCHMARK(bench::raw_durable_insert)->Name("raw_durable_insert")->UseRealTime();
BENCHMARK(api_issue)->UseRealTime();
BENCHMARK(raw_batched_insert)->UseRealTime();
BENCHMARK(api_issue_many)->UseRealTime()->Iterations(2);

}  // namespace
