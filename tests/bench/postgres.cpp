// Web tokens in process on a PostgreSQL server, beside what libpq alone can do there. The server is
// one that tests/servers started; pinned to one CPU with it, nothing but the work is measured.
#include <benchmark/benchmark.h>
#include <libpq-fe.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "base/encoding.h"
#include "crypto/keyring.h"
#include "crypto/web_token.h"
#include "model/web_token.h"
#include "support/temp_folder.h"
#include "tokctl.h"

namespace {

using namespace tokctl;

constexpr int kUsers = 10'000;
constexpr int kSessionsEach = 20;

using Raw = std::unique_ptr<PGconn, decltype(&PQfinish)>;
using Rows = std::unique_ptr<PGresult, decltype(&PQclear)>;

[[noreturn]] void fail(const char* message) {
  std::fprintf(stderr, "postgres_bench: %s\n", message);
  std::exit(1);
}

Rows must(PGconn* connection, PGresult* result) {
  const auto status = PQresultStatus(result);
  if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) fail(PQerrorMessage(connection));
  return {result, PQclear};
}

Raw open_raw(const std::string& url) {
  Raw connection(PQconnectdb(url.c_str()), PQfinish);
  if (PQstatus(connection.get()) != CONNECTION_OK) fail(PQerrorMessage(connection.get()));
  return connection;
}

void run(const std::string& url, const std::string& sql) {
  const Raw connection = open_raw(url);
  must(connection.get(), PQexec(connection.get(), sql.c_str()));
}

// `which` is url or tcp_url.
std::string server_url(const char* which, const std::string& database) {
  const char* servers = std::getenv("TOKCTL_TEST_SERVERS");
  if (servers == nullptr) fail("run it by tests/with-servers");
  std::string url;
  std::ifstream file(std::string(servers) + "/postgres/" + which);
  std::getline(file, url);
  return url.replace(url.find("DATABASE"), 8, database);
}

// Of the columns that tokctl reads.
constexpr const char* kJoin =
    "SELECT session_id, s.public_id, kind, scheme, root_key_id, source, s.created_at, expires_at,"
    " last_used_at, revoked_at, email, full_name, status, deleted_at, private_id, password_tag"
    " FROM sessions s JOIN users u ON u.public_id = s.public_id WHERE session_id = $1";

Rows join(PGconn* connection, const std::string& id) {
  const char* values[] = {id.c_str()};
  return must(connection, PQexecPrepared(connection, "join", 1, values, nullptr, nullptr, 0));
}

// tokctl makes one user and one session; the others are copies of them in all but their keys.
class World {
 public:
  World() {
    run(server_url("url", "postgres"), "DROP DATABASE IF EXISTS bench");
    run(server_url("url", "postgres"), "CREATE DATABASE bench");
    const Config config = config_of(unix());
    auth::initialize(config, false);
    Tokctl t = open(config);
    t.users().create({.email = "u@example.com", .full_name = "U", .password = {}});
    t.sessions().create({.email = "u@example.com", .public_id = {}}, {});
    run(unix(),
        "INSERT INTO users SELECT (jsonb_populate_record(u, jsonb_build_object("
        " 'public_id', gen_random_uuid(), 'email', 'u' || i || '@example.com',"
        " 'live_email', 'u' || i || '@example.com'))).*"
        " FROM users u, generate_series(1, " +
            std::to_string(kUsers) +
            ") i;"
            "INSERT INTO sessions SELECT (jsonb_populate_record(s, jsonb_build_object("
            " 'session_id', gen_random_uuid(), 'public_id', u.public_id))).*"
            " FROM sessions s, users u, generate_series(1, " +
            std::to_string(kSessionsEach) + ") i WHERE u.email <> 'u@example.com'");
    run(unix(), "VACUUM ANALYZE");
    derive_tokens();
  }

  Config config_of(const std::string& url) const {
    Config config;
    config.db = url;
    config.key_file = folder_ / "tokctl.key";
    return config;
  }
  const std::string& unix() const { return unix_; }
  const std::string& tcp() const { return tcp_; }
  const std::vector<std::string>& ids() const { return ids_; }
  const std::vector<std::string>& tokens() const { return tokens_; }

 private:
  // What tokctl would have issued for the copied sessions.
  void derive_tokens() {
    const auto keyring = crypto::load_keyring(folder_ / "tokctl.key");
    const Raw connection = open_raw(unix());
    const Rows rows =
        must(connection.get(),
             PQexec(connection.get(),
                    "SELECT session_id, root_key_id, sessions.public_id, private_id, email,"
                    " password_tag FROM sessions JOIN users USING (public_id)"
                    " ORDER BY random() LIMIT 50000"));
    for (int row = 0; row < PQntuples(rows.get()); ++row) {
      const auto text = [&](int column) {
        return std::string_view(PQgetvalue(rows.get(), row, column));
      };
      crypto::Digest tag{};
      std::ranges::copy(*hex_decode(text(5)), tag.begin());
      ids_.emplace_back(text(0));
      const auto token = crypto::derive_web_token(
          keyring.mac_key(text(1), crypto::Purpose::kWebToken), {.session_id = text(0),
                                                                 .public_id = text(2),
                                                                 .private_id = text(3),
                                                                 .email = text(4),
                                                                 .password_tag = tag});
      tokens_.emplace_back(format_web_token(ids_.back(), token).reveal());
    }
  }

  const std::string unix_ = server_url("url", "bench");
  const std::string tcp_ = server_url("tcp_url", "bench") + "?sslmode=disable";
  test::TempFolder folder_;
  std::vector<std::string> ids_, tokens_;
};

World& world() {
  static World world;
  return world;
}

const std::string& unix() { return world().unix(); }
const std::string& tcp() { return world().tcp(); }

void raw_join(benchmark::State& state, const std::string& url) {
  const Raw connection = open_raw(url);
  must(connection.get(), PQprepare(connection.get(), "join", kJoin, 0, nullptr));
  std::size_t i = 0;
  for (auto _ : state) {
    const Rows rows = join(connection.get(), world().ids()[i++ % world().ids().size()]);
    if (PQntuples(rows.get()) != 1) state.SkipWithError("no row");
    for (int n = 0; n < PQnfields(rows.get()); ++n) {
      benchmark::DoNotOptimize(PQgetvalue(rows.get(), 0, n));
    }
  }
  state.SetItemsProcessed(state.iterations());
}
void libpq_join_unix(benchmark::State& state) { raw_join(state, unix()); }
void libpq_join_tcp(benchmark::State& state) { raw_join(state, tcp()); }

void validate(benchmark::State& state, const std::string& url) {
  Tokctl t = open(world().config_of(url));
  std::size_t i = 0;
  for (auto _ : state) {
    const auto verdict = t.tokens().validate(world().tokens()[i++ % world().tokens().size()]);
    if (valid(verdict) == nullptr) state.SkipWithError("refused");
  }
  state.SetItemsProcessed(state.iterations());
}
void postgres_validate_unix(benchmark::State& state) { validate(state, unix()); }
void postgres_validate_tcp(benchmark::State& state) { validate(state, tcp()); }

void postgres_validate_in_batches(benchmark::State& state) {
  constexpr std::size_t kBatch = 256;
  Tokctl t = open(world().config_of(unix()));
  std::size_t i = 0;
  std::vector<std::string_view> batch(kBatch);
  for (auto _ : state) {
    for (auto& token : batch) token = world().tokens()[i++ % world().tokens().size()];
    for (const auto& verdict : t.tokens().validate_all(batch)) {
      if (valid(verdict) == nullptr) state.SkipWithError("refused");
    }
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kBatch));
}

void libpq_durable_insert(benchmark::State& state) {
  const Raw connection = open_raw(unix());
  must(connection.get(), PQexec(connection.get(),
                                "CREATE TABLE IF NOT EXISTS raw (id TEXT PRIMARY"
                                " KEY, a TEXT, b BIGINT)"));
  must(connection.get(),
       PQprepare(connection.get(), "insert",
                 "INSERT INTO raw VALUES (gen_random_uuid()::text, 'x', 1)", 0, nullptr));
  for (auto _ : state) {
    must(connection.get(),
         PQexecPrepared(connection.get(), "insert", 0, nullptr, nullptr, nullptr, 0));
  }
  state.SetItemsProcessed(state.iterations());
}

void postgres_issue(benchmark::State& state) {
  Tokctl t = open(world().config_of(unix()));
  for (auto _ : state) {
    benchmark::DoNotOptimize(
        t.tokens().issue_web({.email = "u7@example.com", .public_id = {}}, {}));
  }
  state.SetItemsProcessed(state.iterations());
}

BENCHMARK(libpq_join_unix)->UseRealTime();
BENCHMARK(postgres_validate_unix)->UseRealTime();
BENCHMARK(libpq_join_tcp)->UseRealTime();
BENCHMARK(postgres_validate_tcp)->UseRealTime();
BENCHMARK(postgres_validate_in_batches)->UseRealTime();
BENCHMARK(libpq_durable_insert)->UseRealTime();
BENCHMARK(postgres_issue)->UseRealTime();

}  // namespace
