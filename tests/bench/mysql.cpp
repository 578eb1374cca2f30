// Web tokens in process on a MariaDB server, beside the same join by libmariadb alone. The server
// is one that tests/servers started; pinned to one CPU with it, nothing but the work is measured.
#include <benchmark/benchmark.h>
#include <mysql.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>

#include "auth/database.h"
#include "crypto/keyring.h"
#include "crypto/web_token.h"
#include "db/driver.h"
#include "model/web_token.h"
#include "support/temp_folder.h"
#include "tokctl.h"

namespace {

using namespace tokctl;

constexpr int kUsers = 10'000;
constexpr int kTokens = 20'000;

void must(bool held) {
  if (!held) std::abort();
}

// What tests/with-servers has started.
std::filesystem::path server_folder() {
  const char* folder = std::getenv("TOKCTL_TEST_SERVERS");
  must(folder != nullptr);
  return std::filesystem::path(folder) / "mariadb";
}

std::string first_line(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::string line;
  must(static_cast<bool>(std::getline(file, line)));
  return line;
}

std::string url(const char* kind) {
  constexpr std::string_view kPlace = "DATABASE";
  std::string text = first_line(server_folder() / kind);
  return text.replace(text.find(kPlace), kPlace.size(), "bench");
}

using Session = std::unique_ptr<MYSQL, decltype(&mysql_close)>;
Session open_raw(bool tcp) {
  const std::string text = url("tcp_url");  // mysql://tokctl:PASSWORD@127.0.0.1:PORT/bench
  const auto password = text.substr(text.find(':', 8) + 1, 32);
  const auto port = static_cast<unsigned>(std::stoi(text.substr(text.rfind(':') + 1)));
  const auto socket = (server_folder() / "place/socket").string();
  Session session(mysql_init(nullptr), mysql_close);
  const unsigned protocol = tcp ? MYSQL_PROTOCOL_TCP : MYSQL_PROTOCOL_SOCKET;
  mysql_optionsv(session.get(), MYSQL_OPT_PROTOCOL, &protocol);
  must(mysql_real_connect(session.get(), tcp ? "127.0.0.1" : nullptr, "tokctl", password.c_str(),
                          "bench", port, tcp ? nullptr : socket.c_str(), 0) != nullptr);
  return session;
}

// The statement by which a web token is validated, as bare as it can be.
class Join {
 public:
  static constexpr unsigned kColumns = 16;

  explicit Join(bool tcp) : session_(open_raw(tcp)), statement_(mysql_stmt_init(session_.get())) {
    constexpr std::string_view kSql =
        "SELECT session_id, sessions.public_id, kind, scheme, root_key_id, source,"
        " sessions.created_at, expires_at, last_used_at, revoked_at, email, full_name, status,"
        " deleted_at, private_id, password_tag"
        " FROM sessions JOIN users ON users.public_id = sessions.public_id WHERE session_id = ?";
    must(mysql_stmt_prepare(statement_, kSql.data(), kSql.size()) == 0);
    for (unsigned i = 0; i < kColumns; ++i) {
      results_[i].buffer_type = MYSQL_TYPE_STRING;
      results_[i].buffer = texts_[i];
      results_[i].buffer_length = sizeof texts_[i];
      results_[i].length = &lengths_[i];
    }
    must(mysql_stmt_bind_result(statement_, results_) == 0);
  }
  ~Join() { mysql_stmt_close(statement_); }
  Join(const Join&) = delete;
  Join& operator=(const Join&) = delete;

  void run(const std::string& id) {
    MYSQL_BIND key{};
    key.buffer_type = MYSQL_TYPE_STRING;
    key.buffer = const_cast<char*>(id.data());
    key.buffer_length = id.size();
    must(mysql_stmt_bind_param(statement_, &key) == 0);
    must(mysql_stmt_execute(statement_) == 0);
    must(mysql_stmt_fetch(statement_) == 0);
    must(mysql_stmt_free_result(statement_) == 0);
  }
  std::string_view text(unsigned column) const { return {texts_[column], lengths_[column]}; }

 private:
  const Session session_;
  MYSQL_STMT* const statement_;
  MYSQL_BIND results_[kColumns]{};
  char texts_[kColumns][256];
  unsigned long lengths_[kColumns]{};
};

// Tokctl makes a user and a session; the others are copies of them, valid in every way.
class World {
 public:
  World() {
    const Session admin = [] {
      const std::string mysql = url("url").replace(url("url").find("/bench"), 6, "/mysql");
      const auto connection = db::driver_for(mysql).open(mysql, {});
      connection->define("DROP DATABASE IF EXISTS bench");
      connection->define("CREATE DATABASE bench");
      return open_raw(false);
    }();
    config_.db = url("url");
    config_.timeout = std::chrono::minutes(1);  // no matter how busy the machine is
    config_.key_file = folder_ / "tokctl.key";
    auth::initialize(config_, false);
    Tokctl t = open(config_);
    t.users().create({.email = "u@example.com", .full_name = "U", .password = {}});
    t.sessions().create({.email = "u@example.com", .public_id = {}}, {});
    const auto run = [&](const std::string& sql) {
      must(mysql_real_query(admin.get(), sql.data(), sql.size()) == 0);
    };
    const std::string users = std::to_string(kUsers);
    run("INSERT INTO users SELECT uuid(), private_id, concat('u', seq, '@example.com'),"
        " concat('u', seq, '@example.com'), full_name, status, password_scheme, password_hash,"
        " password_tag, kit_hash, kit_email, created_at, updated_at, password_set_at, deleted_at,"
        " roles, phone, email_verified_at, phone_verified_at"
        " FROM users, seq_1_to_" +
        users);
    run("INSERT INTO sessions SELECT uuid(), u.public_id, s.kind, s.scheme, s.root_key_id,"
        " s.source, s.created_at, s.expires_at, s.last_used_at, s.revoked_at"
        " FROM sessions s, users u, seq_1_to_10");
    run("ANALYZE TABLE users, sessions");
    mysql_free_result(mysql_store_result(admin.get()));
    run("SELECT session_id FROM sessions ORDER BY rand() LIMIT " + std::to_string(kTokens));
    MYSQL_RES* rows = mysql_store_result(admin.get());
    while (MYSQL_ROW row = mysql_fetch_row(rows)) ids_.emplace_back(row[0]);
    mysql_free_result(rows);
    derive_tokens();
  }

  const std::string& id(std::size_t i) const { return ids_[i % ids_.size()]; }
  const std::string& token(std::size_t i) const { return tokens_[i % tokens_.size()]; }
  Tokctl open_at(const char* kind) const {
    Config config = config_;
    config.db = url(kind);
    return open(config);
  }

 private:
  void derive_tokens() {
    const auto keyring = crypto::load_keyring(config_.key_file);
    Join join(false);
    for (const std::string& id : ids_) {
      join.run(id);
      crypto::Digest tag{};
      const auto bytes = hex_decode(join.text(15));
      std::ranges::copy(*bytes, tag.begin());
      const auto token = crypto::derive_web_token(
          keyring.mac_key(join.text(4), crypto::Purpose::kWebToken), {.session_id = id,
                                                                      .public_id = join.text(1),
                                                                      .private_id = join.text(14),
                                                                      .email = join.text(10),
                                                                      .password_tag = tag});
      tokens_.emplace_back(format_web_token(id, token).reveal());
    }
  }

  test::TempFolder folder_;
  Config config_;
  std::vector<std::string> ids_;
  std::vector<std::string> tokens_;
};

const World& world() {
  static const World world;
  return world;
}

void libmariadb_join(benchmark::State& state, bool tcp) {
  world();
  Join join(tcp);
  std::size_t i = 0;
  for (auto _ : state) join.run(world().id(i++));
  state.SetItemsProcessed(state.iterations());
}
void libmariadb_join_unix(benchmark::State& state) { libmariadb_join(state, false); }
void libmariadb_join_tcp(benchmark::State& state) { libmariadb_join(state, true); }

void validate(benchmark::State& state, const char* kind) {
  Tokctl t = world().open_at(kind);
  std::size_t i = 0;
  for (auto _ : state) {
    if (valid(t.tokens().validate(world().token(i++))) == nullptr) state.SkipWithError("refused");
  }
  state.SetItemsProcessed(state.iterations());
}
void mysql_validate_unix(benchmark::State& state) { validate(state, "url"); }
void mysql_validate_tcp(benchmark::State& state) { validate(state, "tcp_url"); }

void mysql_validate_in_batches(benchmark::State& state) {
  constexpr std::size_t kBatch = 256;
  Tokctl t = world().open_at("url");
  std::vector<std::string_view> batch(kBatch);
  std::size_t i = 0;
  for (auto _ : state) {
    for (auto& token : batch) token = world().token(i++);
    for (const auto& verdict : t.tokens().validate_all(batch)) {
      if (valid(verdict) == nullptr) state.SkipWithError("refused");
    }
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kBatch));
}

// The wall clock counts, for most of the work is the server's.
BENCHMARK(libmariadb_join_unix)->UseRealTime();
BENCHMARK(mysql_validate_unix)->UseRealTime();
BENCHMARK(mysql_validate_in_batches)->UseRealTime();
BENCHMARK(libmariadb_join_tcp)->UseRealTime();
BENCHMARK(mysql_validate_tcp)->UseRealTime();

}  // namespace
