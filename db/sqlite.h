// The parts of the SQLite driver.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <string_view>

#include "db/connection.h"

struct sqlite3;
struct sqlite3_stmt;

namespace tokctl::db::sqlite {

// Throws what SQLite's result `code` (extended) on the database at `path` means. `system_errno` is
// that of the system call that failed, if one did.
[[noreturn]] void fail(int code, int system_errno, std::string_view path);

// Waiting for a lock that another connection holds. SQLite keeps no queue: whoever asks in the
// moment the lock is free has it, so that one busy writer could keep all others out. Naps are short
// and of random length, and a writer that has just had its turn lets others ask first.
class Patience {
 public:
  explicit Patience(std::chrono::milliseconds timeout);
  // Naps; false when the wait that began with `tries` 0 has lasted too long.
  bool nap(int tries);

  // Around a turn at writing: before asking for the lock, and after giving it back.
  void before_turn();
  void after_turn();

 private:
  using Clock = std::chrono::steady_clock;
  void sleep();

  const std::chrono::milliseconds timeout_;
  Clock::time_point deadline_;
  Clock::time_point rested_;    // when others last had a chance
  Clock::time_point turn_end_;  // of the last turn
  bool contended_ = false;      // the last turn had to be waited for
  std::minstd_rand random_;
};

struct Close {
  void operator()(sqlite3* database) const;
};
using Database = std::unique_ptr<sqlite3, Close>;

// A database that has been opened and is known to be one.
struct Opened {
  std::string path;  // as the user wrote it
  std::unique_ptr<Patience> patience;
  Database database;
  bool passing = false;  // a view that does not notice later changes
};

class SqliteConnection final : public Connection {
 public:
  SqliteConnection(Opened opened, const OpenOptions& options);

  std::unique_ptr<Statement> prepare(std::string_view sql, Locking locking) override;
  void define(std::string_view ddl) override;
  void begin(Access access) override;
  void commit() override;
  void rollback() noexcept override;
  void savepoint() override;
  void release_savepoint() override;
  void rollback_to_savepoint() noexcept override;
  bool has_table(std::string_view name) override;
  std::string describe_schema() override;
  std::string check() override;
  bool back_up(const std::string& path, const BackupProgress& progress) override;
  std::int64_t change_counter() override;
  bool usable() const noexcept override;

  // Throws what the last call's result code means.
  [[noreturn]] void fail(int code);
  [[noreturn]] void fail_schema() const;
  // Some failures (a full disk) end the transaction by themselves. What follows would then be
  // committed piece by piece, so it is refused.
  void require_transaction_kept() const;

 private:
  int run(const char* sql) noexcept;
  void require(const char* sql);
  void make_durable();

  const std::string path_;
  const bool passing_;
  bool durable_ = false;               // journal and synchronisation are as we want them
  std::optional<Access> transaction_;  // as far as begin, commit and rollback know
  bool broken_ = false;
  const std::unique_ptr<Patience> patience_;
  const Database database_;
  std::unique_ptr<Statement> change_counter_;
};

// Names and definitions of all that is in the database, in a canonical order and spelling.
std::string describe_schema(Connection& connection);
// SQLite's check of the file and of the references between rows, in tokctl's words; empty: sound.
std::string check(Connection& connection);

}  // namespace tokctl::db::sqlite
