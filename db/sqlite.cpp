#include "db/sqlite.h"

#include <sqlite3.h>
#include <sys/stat.h>

#include <array>

#include "base/utf8.h"

namespace tokctl::db::sqlite {
namespace {

struct Finalize {
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};

class SqliteStatement final : public Statement {
 public:
  SqliteStatement(SqliteConnection& connection, sqlite3_stmt* statement)
      : connection_(connection), statement_(statement) {}

  void execute(std::span<const Value> values) override {
    connection_.require_transaction_kept();
    sqlite3_reset(raw());
    if (sqlite3_bind_parameter_count(raw()) != static_cast<int>(values.size())) {
      connection_.fail(SQLITE_RANGE);
    }
    int position = 0;
    for (const Value& value : values) {
      const int code = bind(++position, value);
      if (code != SQLITE_OK) connection_.fail(code);
    }
  }

  bool step() override {
    const int code = sqlite3_step(raw());
    if (code == SQLITE_ROW) return true;
    if (code != SQLITE_DONE) connection_.fail(code);
    return false;
  }

  bool is_null(int column) const override {
    return sqlite3_column_type(raw(), column) == SQLITE_NULL;
  }
  std::int64_t integer(int column) const override { return sqlite3_column_int64(raw(), column); }
  std::string_view text(int column) const override {
    const auto* bytes = reinterpret_cast<const char*>(sqlite3_column_text(raw(), column));
    if (bytes == nullptr) return {};
    return {bytes, static_cast<std::size_t>(sqlite3_column_bytes(raw(), column))};
  }

  std::int64_t affected() const override { return sqlite3_changes64(sqlite3_db_handle(raw())); }
  void reset() noexcept override { sqlite3_reset(raw()); }

 private:
  sqlite3_stmt* raw() const { return statement_.get(); }

  int bind(int position, const Value& value) {
    if (const auto* number = std::get_if<std::int64_t>(&value)) {
      return sqlite3_bind_int64(raw(), position, *number);
    }
    if (const auto* text = std::get_if<std::string_view>(&value)) {
      // SQLite takes a null pointer for NULL, however long. The values outlive the run, so nothing
      // is copied.
      return sqlite3_bind_text64(raw(), position, text->data() != nullptr ? text->data() : "",
                                 text->size(), SQLITE_STATIC, SQLITE_UTF8);
    }
    return sqlite3_bind_null(raw(), position);
  }

  SqliteConnection& connection_;
  const std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

}  // namespace

// cppcheck-suppress passedByValue  ; its parts are moved from
SqliteConnection::SqliteConnection(Opened opened, const OpenOptions& options)
    : path_(std::move(opened.path)),
      passing_(opened.passing),
      durable_(options.read_only || opened.passing),
      patience_(std::move(opened.patience)),
      database_(std::move(opened.database)) {}

// SQLite's write transactions lock everything, so there are no rows to lock.
std::unique_ptr<Statement> SqliteConnection::prepare(std::string_view sql, Locking) {
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v3(database_.get(), sql.data(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  if (code == SQLITE_ERROR) fail_schema();
  if (code != SQLITE_OK) fail(code);
  return std::make_unique<SqliteStatement>(*this, statement);
}

void SqliteConnection::define(std::string_view ddl) {
  require_transaction_kept();
  std::string sql(ddl);
  if (ddl.starts_with("CREATE TABLE")) {
    // Keyed by text, a table is read a third faster when its rows are in the key's tree. By a
    // number they always are, if it is called so: in a tree whose inner pages hold numbers alone.
    constexpr std::string_view kByNumber = " BIGINT PRIMARY KEY";
    if (const std::size_t at = sql.find(kByNumber); at != std::string::npos) {
      sql.replace(at, kByNumber.size(), " INTEGER PRIMARY KEY");
    } else {
      sql += " WITHOUT ROWID";
    }
  }
  const int code = run(sql.c_str());
  if (code == SQLITE_ERROR) fail_schema();
  if (code != SQLITE_OK) fail(code);
}

void SqliteConnection::begin(Access access) {
  if (access == Access::kRead) {
    require("BEGIN");
  } else {
    if (!durable_) make_durable();
    patience_->before_turn();
    require("BEGIN IMMEDIATE");
  }
  transaction_ = access;
}

void SqliteConnection::commit() {
  require_transaction_kept();
  require("COMMIT");
  if (transaction_ != Access::kRead) patience_->after_turn();
  transaction_.reset();
}

void SqliteConnection::rollback() noexcept {
  transaction_.reset();
  if (sqlite3_get_autocommit(database_.get()) != 0) return;
  if (run("ROLLBACK") != SQLITE_OK) broken_ = true;
}

void SqliteConnection::savepoint() {
  require_transaction_kept();
  require("SAVEPOINT part");
}

void SqliteConnection::release_savepoint() {
  require_transaction_kept();
  require("RELEASE part");
}

void SqliteConnection::rollback_to_savepoint() noexcept {
  if (sqlite3_get_autocommit(database_.get()) != 0) return;
  if (run("ROLLBACK TO part") != SQLITE_OK || run("RELEASE part") != SQLITE_OK) broken_ = true;
}

bool SqliteConnection::has_table(std::string_view name) {
  const auto statement =
      prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?", Locking::kNone);
  statement->execute(std::array<Value, 1>{name});
  return statement->step();
}

std::string SqliteConnection::describe_schema() { return sqlite::describe_schema(*this); }

std::string SqliteConnection::check() {
  auto trouble = sqlite::check(*this);
  struct stat file{};
  if (trouble.empty() && ::stat(path_.c_str(), &file) == 0 && (file.st_mode & S_IRWXO) != 0)
    trouble = "everybody on this machine may use the database file: chmod o= " + printable(path_);
  return trouble;
}

std::int64_t SqliteConnection::change_counter() {
  if (!change_counter_) change_counter_ = prepare("PRAGMA data_version", Locking::kNone);
  change_counter_->execute({});
  change_counter_->step();
  const std::int64_t counter = change_counter_->integer(0);
  change_counter_->reset();
  return counter;
}

// A passing view is good for one use.
bool SqliteConnection::usable() const noexcept { return !broken_ && !passing_; }

void SqliteConnection::fail(int code) {
  if ((code & 0xff) == SQLITE_IOERR) broken_ = true;
  sqlite::fail(code, sqlite3_system_errno(database_.get()), path_);
}

// All statements are literals that fit the schema, so one that cannot even be compiled has met
// another schema.
void SqliteConnection::fail_schema() const {
  throw DbError(Trouble::kSchema, "db.schema",
                "the database " + printable(path_) + " does not have the tables of its version",
                "restore it from a backup");
}

void SqliteConnection::require_transaction_kept() const {
  if (!transaction_ || sqlite3_get_autocommit(database_.get()) == 0) return;
  throw DbError(Trouble::kOther, "db.transaction_lost",
                "a failure has rolled the transaction back already");
}

int SqliteConnection::run(const char* sql) noexcept {
  return sqlite3_exec(database_.get(), sql, nullptr, nullptr, nullptr);
}

void SqliteConnection::require(const char* sql) {
  const int code = run(sql);
  if (code != SQLITE_OK) fail(code);
}

// Late, so that nothing is changed in a file before somebody has looked whether it is ours, and a
// reader pays nothing.
void SqliteConnection::make_durable() {
  // Two processes that switch a new database to its write-ahead log at once refuse each other
  // without waiting.
  for (int tries = 0;; ++tries) {
    const int code = run("PRAGMA journal_mode = WAL");
    if (code == SQLITE_OK) break;
    if ((code & 0xff) != SQLITE_BUSY || !patience_->nap(tries)) fail(code);
  }
  require("PRAGMA synchronous = FULL");
  durable_ = true;
}

}  // namespace tokctl::db::sqlite
