// Web tokens in process: validating and issuing on a million sessions, beside what SQLite alone can
// do and beside kit's derivation. Build once, read in random order: nothing is answered from a row
// that was just touched.
#include "crypto/web_token.h"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <filesystem>
#include <memory>

#include "bench/raw_sqlite.h"
#include "crypto/keyring.h"
#include "crypto/password.h"
#include "model/web_token.h"
#include "support/temp_folder.h"
#include "tokctl.h"

namespace {

using namespace tokctl;
using bench::must;
using bench::open_raw;
using bench::text;

constexpr int kUsers = 10'000;
constexpr int kSessionsEach = 100;

// A database of a million sessions. tokctl makes the users; the sessions are copied from one it
// made, which takes seconds instead of minutes and gives rows that are valid in every way.
class World {
 public:
  World() {
    config_.db = "sqlite:" + file();
    config_.key_file = folder_ / "tokctl.key";
    t_ = std::make_unique<Tokctl>(open(config_));
    const bench::RawDb db = open_raw(file());
    const User user =
        t_->users().create({.email = "u@example.com", .full_name = "U", .password = {}});
    t_->sessions().create({.email = user.email, .public_id = {}}, {});
    const std::string sql =
        "PRAGMA cache_size = -1000000; BEGIN;"
        "CREATE TEMP TABLE n (i INTEGER PRIMARY KEY);"
        "WITH RECURSIVE c (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < " +
        std::to_string(kUsers) +
        ") INSERT INTO n SELECT i FROM c;"
        "INSERT INTO users SELECT printf('%08x', i * 2654435761 % 4294967296) || "
        "'-0000-4000-8000-' || printf('%012x', i),"
        " private_id, 'u' || i || '@example.com', 'u' || i || '@example.com', full_name, status, "
        "password_scheme,"
        " password_hash, password_tag, kit_hash, kit_email, created_at, updated_at, "
        "password_set_at, deleted_at, roles, phone, email_verified_at, phone_verified_at"
        " FROM users, n WHERE email = 'u@example.com';"
        "INSERT INTO sessions SELECT lower(hex(randomblob(4))) || '-0000-4000-8000-' || "
        "lower(hex(randomblob(6))),"
        " u.public_id, s.kind, s.scheme, s.root_key_id, s.source, s.created_at, s.expires_at, "
        "s.last_used_at, s.revoked_at"
        " FROM n, (SELECT i AS j FROM n WHERE i <= " +
        std::to_string(kSessionsEach) +
        ") m, users u, sessions s"
        " WHERE u.live_email = 'u' || n.i || '@example.com'"
        " AND s.session_id = (SELECT session_id FROM sessions LIMIT 1);"
        "COMMIT; PRAGMA wal_checkpoint(TRUNCATE); ANALYZE";
    bench::run_sql(db.get(), sql);

    sqlite3_stmt* rows = nullptr;
    must(sqlite3_prepare_v2(db.get(),
                            "SELECT session_id FROM sessions ORDER BY random() LIMIT 100000", -1,
                            &rows, nullptr));
    while (sqlite3_step(rows) == SQLITE_ROW)
      ids_.emplace_back(reinterpret_cast<const char*>(sqlite3_column_text(rows, 0)));
    sqlite3_finalize(rows);
    derive_tokens(db.get());
  }

  std::string file() const { return folder_ / "tokctl.db"; }
  Tokctl& t() { return *t_; }
  const std::vector<std::string>& ids() const { return ids_; }

  const std::vector<std::string>& tokens() const { return tokens_; }

 private:
  // What tokctl would have issued for the copied sessions.
  void derive_tokens(sqlite3* db);

  test::TempFolder folder_;
  Config config_;
  std::unique_ptr<Tokctl> t_;
  std::vector<std::string> ids_;
  std::vector<std::string> tokens_;
};

constexpr const char* kJoin =
    "SELECT s.session_id, s.public_id, s.root_key_id, s.expires_at, s.revoked_at, u.private_id, "
    "u.email,"
    " u.password_tag, u.status FROM sessions s JOIN users u ON u.public_id = s.public_id"
    " WHERE s.session_id = ?";

void World::derive_tokens(sqlite3* db) {
  const auto keyring = crypto::load_keyring(config_.key_file);
  sqlite3_stmt* join = nullptr;
  must(sqlite3_prepare_v2(db, kJoin, -1, &join, nullptr));
  for (const std::string& id : ids_) {
    sqlite3_bind_text(join, 1, id.data(), static_cast<int>(id.size()), SQLITE_STATIC);
    must(sqlite3_step(join));
    crypto::Digest tag{};
    const auto bytes = hex_decode(text(join, 7));
    std::ranges::copy(*bytes, tag.begin());
    const auto token = crypto::derive_web_token(
        keyring.mac_key(text(join, 2), crypto::Purpose::kWebToken), {.session_id = id,
                                                                     .public_id = text(join, 1),
                                                                     .private_id = text(join, 5),
                                                                     .email = text(join, 6),
                                                                     .password_tag = tag});
    tokens_.emplace_back(format_web_token(id, token).reveal());
    sqlite3_reset(join);
  }
  sqlite3_finalize(join);
}

World& world() {
  static World world;
  return world;
}

// What SQLite alone can do.

void raw_join(benchmark::State& state, bool one_transaction) {
  const bench::RawDb db = open_raw(world().file());
  if (one_transaction) bench::run_sql(db.get(), "BEGIN");
  bench::raw_lookups(state, db.get(), kJoin, 9, world().ids());
}
void raw_join_autocommit(benchmark::State& state) { raw_join(state, false); }
void raw_join_in_transaction(benchmark::State& state) { raw_join(state, true); }
BENCHMARK(raw_join_autocommit);
BENCHMARK(raw_join_in_transaction);
BENCHMARK(bench::raw_durable_insert)->Name("raw_durable_insert")->UseRealTime();

// Kit's way: scrypt on every call.

void kit_derivation(benchmark::State& state) {
  const SecretString hash("$2a$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy");
  for (auto _ : state) {
    benchmark::DoNotOptimize(crypto::derive_kit_token(hash, "6dcda2da-92c3-41e5-8994-feff819cdc9f",
                                                      "0b1f5a3e-7d1c-4c55-9a53-2f1f0f6f4d11",
                                                      "bill@ardanlabs.com"));
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(kit_derivation);

// Tokctl.

void validate(benchmark::State& state) {
  std::size_t i = 0;
  for (auto _ : state) {
    const auto verdict =
        world().t().tokens().validate(world().tokens()[i++ % world().tokens().size()]);
    if (valid(verdict) == nullptr) state.SkipWithError("refused");
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(validate);

void validate_in_batches(benchmark::State& state) {
  constexpr std::size_t kBatch = 256;
  std::size_t i = 0;
  std::vector<std::string_view> batch(kBatch);
  for (auto _ : state) {
    for (auto& token : batch) token = world().tokens()[i++ % world().tokens().size()];
    for (const auto& verdict : world().t().tokens().validate_all(batch)) {
      if (valid(verdict) == nullptr) state.SkipWithError("refused");
    }
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kBatch));
}
BENCHMARK(validate_in_batches);

void issue(benchmark::State& state) {
  auto& t = world().t();
  for (auto _ : state) {
    benchmark::DoNotOptimize(
        t.tokens().issue_web({.email = "u7@example.com", .public_id = {}}, {}));
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(issue)->UseRealTime();

void hash_password(benchmark::State& state) {
  const crypto::PasswordHasher hasher;
  for (auto _ : state) {
    benchmark::DoNotOptimize(
        hasher.hash(SecretString("correct horse"), "0b1f5a3e-7d1c-4c55-9a53-2f1f0f6f4d11"));
  }
}
BENCHMARK(hash_password);

}  // namespace
