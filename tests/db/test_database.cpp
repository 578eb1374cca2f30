#include "db/test_database.h"

#include <fmt/format.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <chrono>

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
};

}  // namespace

std::vector<std::string> database_kinds() {
  std::vector<std::string> names;
  for (const Kind& kind : kKinds) names.emplace_back(kind.name);
  return names;
}

std::unique_ptr<TestDatabase> make_database(const std::string& kind) {
  const auto found = std::ranges::find(kKinds, kind, &Kind::name);
  REQUIRE(found != std::end(kKinds));
  return found->make();
}

Migrated::Migrated(const std::string& kind)
    : database_(make_database(kind)),
      pool_(database_->url(), {.create = true}, nullptr),
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
