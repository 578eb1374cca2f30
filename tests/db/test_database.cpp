#include "db/test_database.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <chrono>
#include <cstdlib>

#include "db/migrate.h"
#include "support/scratch.h"

namespace tokctl::testing {
namespace {

class SqliteFile final : public TestDatabase {
 public:
  std::string url() const override { return "sqlite:" + scratch_ / "test.db"; }

 private:
  const Scratch scratch_;
};

class SqliteMemory final : public TestDatabase {
 public:
  std::string url() const override { return "sqlite::memory:"; }
};

// However busy the machine.
constexpr std::chrono::seconds kPatience{60};

// On a server that tests/servers started; `admin` is a database that is always there.
class ServerDatabase final : public TestDatabase {
 public:
  ServerDatabase(const std::string& kind, const std::string& admin)
      : server_(content_of(server_folder() + "/" + kind + "/url")), admin_(admin) {
    run("CREATE DATABASE " + name_);
  }
  ~ServerDatabase() override { run("DROP DATABASE " + name_); }
  std::string url() const override { return url_of(name_); }

 private:
  static std::string server_folder() {
    const char* folder = std::getenv("TOKCTL_TEST_SERVERS");
    if (folder == nullptr)
      FAIL("no server was started: tests/with-servers runs a command with some");
    return folder;
  }
  static std::string unique_name() {
    static int count = 0;
    return fmt::format("t{}_{}", getpid(), ++count);
  }
  std::string url_of(const std::string& database) const {
    constexpr std::string_view kPlace = "DATABASE";
    std::string url = server_.substr(0, server_.find('\n'));
    return url.replace(url.find(kPlace), kPlace.size(), database);
  }
  void run(const std::string& sql) const {
    const std::string url = url_of(admin_);
    db::driver_for(url).open(url, {.timeout = kPatience})->define(sql);
  }

  const std::string server_;
  const std::string admin_;
  const std::string name_ = unique_name();
};

std::unique_ptr<TestDatabase> make_on_server(const std::string& kind, const std::string& admin) {
  return std::make_unique<ServerDatabase>(kind, admin);
}

struct Kind {
  std::string_view name;
  std::unique_ptr<TestDatabase> (*make)();
};

template <typename Database>
std::unique_ptr<TestDatabase> make() {
  return std::make_unique<Database>();
}

constexpr Kind kKinds[] = {
    {"sqlite file", make<SqliteFile>},
    {"sqlite memory", make<SqliteMemory>},
    {"postgres", [] { return make_on_server("postgres", "postgres"); }},
    {"mariadb", [] { return make_on_server("mariadb", "mysql"); }},
};

}  // namespace

std::vector<std::string> database_kinds() {
  std::vector<std::string> names;
  for (const Kind& kind : kKinds) names.emplace_back(kind.name);
  return names;
}

std::vector<std::string> shared_database_kinds() {
  auto names = database_kinds();
  std::erase(names, "sqlite memory");
  return names;
}

std::unique_ptr<TestDatabase> make_database(const std::string& kind) {
  const auto found = std::ranges::find(kKinds, kind, &Kind::name);
  REQUIRE(found != std::end(kKinds));
  return found->make();
}

Migrated::Migrated(const std::string& kind)
    : database_(make_database(kind)),
      pool_(database_->url(), {.timeout = kPatience, .create = true}, nullptr),
      lease_(pool_.borrow()) {
  db::migrate(*lease_);
}

std::string uuid(int number) { return fmt::format("{:08x}-0000-4000-8000-000000000000", number); }

db::users::UserRow user_row(int number) {
  return {.user = {.public_id = uuid(number),
                   .email = fmt::format("user{:06}@example.com", number),
                   .full_name = fmt::format("User {}", number),
                   .created_at = from_unix(1'700'000'000 + number),
                   .updated_at = from_unix(1'700'000'000 + number)},
          .secrets = {.private_id = uuid(0x70000000 + number), .password_scheme = "none"}};
}

Session session_row(int number, const std::string& public_id) {
  return {.session_id = uuid(0x50000000 + number),
          .public_id = public_id,
          .root_key_id = "k1",
          .created_at = from_unix(1'700'000'000 + number)};
}

ApiToken token_row(int number, const std::string& public_id) {
  return {.id = uuid(0x60000000 + number),
          .public_id = public_id,
          .root_key_id = "k1",
          .created_at = from_unix(1'700'000'000 + number)};
}

}  // namespace tokctl::testing
