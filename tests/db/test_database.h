// Databases for tests: what holds of one kind must hold of all.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "db/pool.h"
#include "db/user.h"
#include "model/api_token.h"
#include "model/session.h"

namespace tokctl::testing {

// An empty database of its own for one test, gone afterwards.
class TestDatabase {
 public:
  virtual ~TestDatabase() = default;
  virtual std::string url() const = 0;
};

// The kinds there are here, by name: `const auto kind = GENERATE(from_range(database_kinds()));`
std::vector<std::string> database_kinds();
// Those among them that several pools and processes can have at once.
std::vector<std::string> shared_database_kinds();
std::unique_ptr<TestDatabase> make_database(const std::string& kind);

// One of a kind with the schema in it, and a connection.
class Migrated {
 public:
  explicit Migrated(const std::string& kind);
  db::Handle& operator*() const { return *lease_; }
  db::Pool& pool() { return pool_; }

 private:
  const std::unique_ptr<TestDatabase> database_;
  db::Pool pool_;
  const db::Pool::Lease lease_;
};

// UUIDs in the order of their numbers.
std::string uuid(int number);

// A user, and a session and a token of that user, distinct for each number, with every column that
// may be empty empty.
db::users::UserRow user_row(int number);
Session session_row(int number, const std::string& public_id);
ApiToken token_row(int number, const std::string& public_id);

}  // namespace tokctl::testing
