// A database driver from outside the tree: all it has is db/connection.h. Its URLs say what it
// does.
#include "db/connection.h"

namespace {

using namespace tokctl;
using namespace tokctl::db;

// Holds one row with one column, which is the SQL it was prepared with.
class ToyStatement final : public Statement {
 public:
  explicit ToyStatement(std::string_view sql) : sql_(sql) {}
  void execute(std::span<const Value> values) override {
    for (const Value& value : values) {
      const auto* text = std::get_if<std::string_view>(&value);
      if (text != nullptr && *text == "taken") {
        throw DbError(Trouble::kUnique, "db.unique", "a row with that key exists already");
      }
    }
    rows_ = 1;
  }
  bool step() override { return rows_-- > 0; }
  bool is_null(int) const override { return false; }
  std::int64_t integer(int) const override { return 42; }
  std::string_view text(int) const override { return sql_; }
  std::int64_t affected() const override { return 1; }
  void reset() noexcept override {}

 private:
  const std::string sql_;
  int rows_ = 0;
};

class ToyConnection final : public Connection {
 public:
  std::unique_ptr<Statement> prepare(std::string_view sql, Locking locking) override {
    return std::make_unique<ToyStatement>(std::string(sql) +
                                          (locking == Locking::kRows ? " FOR UPDATE" : ""));
  }
  void define(std::string_view) override {}
  void begin(Access) override {}
  void commit() override { throw DbError(Trouble::kGone, "db.gone", "the server went away"); }
  void rollback() noexcept override {}
  void savepoint() override {}
  void release_savepoint() override {}
  void rollback_to_savepoint() noexcept override {}
  bool has_table(std::string_view) override { return true; }
  std::string describe_schema() override { return {}; }
  std::string check() override { return {}; }
  std::int64_t change_counter() override { return 0; }
  bool usable() const noexcept override { return true; }
};

class ToyDriver final : public Driver {
 public:
  std::string_view name() const override { return "toy"; }
  bool accepts(std::string_view url) const override { return url.starts_with("toy://"); }
  std::unique_ptr<Connection> open(std::string_view url, const OpenOptions&) const override {
    if (url == "toy://down") {
      throw DbError(Trouble::kGone, "db.down", "the server does not answer", "start it");
    }
    return std::make_unique<ToyConnection>();
  }
};

}  // namespace

extern "C" __attribute__((visibility("default"))) const Driver* tokctl_driver(int abi) {
  static const ToyDriver driver;
  return abi == kDriverAbi ? &driver : nullptr;
}
