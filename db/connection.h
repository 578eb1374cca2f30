// The seam between tokctl and a database: what a driver implements, and all that it implements.
//
// Header-only, with base/error.h, so that a driver can be a loadable module that links nothing of
// the core. A driver decides nothing: it passes on complete SQL literals, binds values, and says in
// one of a few words what went wrong.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "base/error.h"

namespace tokctl::db {

// A bound parameter. Text is bytes of UTF-8, sent as they are.
using Value = std::variant<std::nullptr_t, std::int64_t, std::string_view>;

// What went wrong, as far as the code above has to tell.
enum class Trouble {
  kBusy,    // somebody else holds a lock, or two transactions collided: nothing was changed, try
            // again
  kGone,    // the connection or server is not there (any more)
  kUnique,  // a unique key is taken
  kDenied,  // not allowed: a read-only file, role or folder; a wrong password
  kFull,    // no room left: disk or quota
  kBroken,  // what is there is not a database, or a damaged one
  kSchema,  // a table or column that a statement names is not there, or one that it makes is
  kOther,
};

// A database's refusal in tokctl's words. Never carries the database's own text, which may hold
// values.
class __attribute__((visibility("default"))) DbError : public Error {
 public:
  DbError(Trouble trouble, std::string id, const std::string& message, std::string hint = {})
      : Error(code_for(trouble), std::move(id), message, std::move(hint)), trouble_(trouble) {}
  Trouble trouble() const { return trouble_; }

 private:
  static Code code_for(Trouble trouble) {
    switch (trouble) {
      case Trouble::kUnique:
        return Code::kConflict;
      case Trouble::kBroken:
      case Trouble::kSchema:
        return Code::kIntegrity;
      case Trouble::kOther:
        return Code::kInternal;
      default:
        return Code::kUnavailable;
    }
  }
  Trouble trouble_;
};

// A prepared statement. Used by one thread at a time, and no longer than its connection lives.
class Statement {
 public:
  virtual ~Statement() = default;

  // Binds every `?` by position and starts. Any earlier run is reset first. The values live until
  // the next reset. When this throws, nothing is running.
  virtual void execute(std::span<const Value> values) = 0;
  // Moves to the next row; false when there is none left.
  virtual bool step() = 0;

  // Columns of the current row, from 0. Text is valid until the next step or reset.
  virtual bool is_null(int column) const = 0;
  virtual std::int64_t integer(int column) const = 0;
  virtual std::string_view text(int column) const = 0;

  // Rows that the last execute (of a write, stepped to its end) matched, whether or not a value
  // differed.
  virtual std::int64_t affected() const = 0;

  // Ends the run and frees what it holds, its read snapshot above all. Never throws.
  virtual void reset() noexcept = 0;
};

// What a transaction is for.
enum class Access {
  kRead,    // sees one snapshot
  kWrite,   // excludes other writers from the rows it touches; on SQLite from all
  kSchema,  // as kWrite, and excludes every other kSchema transaction on the database. Where
            // definitions commit by themselves (MySQL) it is no more than that exclusion, and
            // nothing is rolled back.
};

// Whether the rows a SELECT returns stay locked until the transaction ends: the driver adds `FOR
// UPDATE` where the database has it. SQLite's write transactions are exclusive already.
enum class Locking { kNone, kRows };

// Told now and then how much is done, of how much. May be empty, and may throw to stop the work.
using BackupProgress = std::function<void(std::int64_t done, std::int64_t total)>;

class Connection {
 public:
  virtual ~Connection() = default;

  // `sql` is a complete literal in the shared dialect with `?` for values.
  virtual std::unique_ptr<Statement> prepare(std::string_view sql, Locking locking) = 0;

  // Runs one statement of a schema or a migration in the shared dialect, adding what the database
  // needs (WITHOUT ROWID, an engine, a collation). Not for statements with values. Where
  // definitions commit by themselves, one that has been applied already (the table, index, column
  // or row is there, or what it drops is gone) is passed over, so that work that stopped half-way
  // can be done again from its start.
  virtual void define(std::string_view ddl) = 0;

  // Not nested.
  virtual void begin(Access access) = 0;
  // Commits, or throws and leaves the transaction to be rolled back. After kGone nobody knows which
  // it was.
  virtual void commit() = 0;
  // Without a transaction this does nothing. Never throws: a connection that cannot roll back is
  // broken, and `usable` says so.
  virtual void rollback() noexcept = 0;

  // One level of savepoint inside a write transaction, for a batch whose single rows may fail.
  virtual void savepoint() = 0;
  virtual void release_savepoint() = 0;
  virtual void rollback_to_savepoint() noexcept = 0;

  virtual bool has_table(std::string_view name) = 0;
  // Names and definitions of tables and indexes in a canonical order and spelling: equal for equal
  // schemas.
  virtual std::string describe_schema() = 0;
  // The database's own check of itself, and of a file, that not everybody may use it; empty when
  // nothing is wrong, else tokctl's words for it.
  virtual std::string check() = 0;
  // Writes the whole database, as it is at one moment, as a file of the database's own kind into
  // the empty file `path`, which is not yet on disk afterwards. False where there are no such
  // files.
  virtual bool back_up(const std::string& path, const BackupProgress& progress) {
    return static_cast<void>(path), static_cast<void>(progress), false;
  }
  // A number that differs from the one before when another connection has committed a change
  // meanwhile; 0 where the database has none. Compare only numbers of one connection.
  virtual std::int64_t change_counter() = 0;

  // Whether it is worth using again: not after a kGone. Asked whenever a connection is lent, so a
  // driver answers without a round trip.
  virtual bool usable() const noexcept = 0;
};

struct OpenOptions {
  std::chrono::milliseconds timeout{5000};  // connecting, running a statement, waiting for a lock
  bool create = false;                      // a missing database may be made (SQLite only)
  bool read_only = false;
};

// One kind of database. Stateless; lives as long as the program.
class Driver {
 public:
  virtual ~Driver() = default;
  virtual std::string_view name() const = 0;  // "sqlite"
  virtual bool accepts(std::string_view url) const = 0;
  // Throws kGone when nothing answers, and kBusy when something does that is not ready yet: a
  // server that is starting, or has no connection left.
  virtual std::unique_ptr<Connection> open(std::string_view url,
                                           const OpenOptions& options) const = 0;
  // Whether the database is kept by a server, which many hosts share and which may come back after
  // it went away; else it is a file of this host's.
  virtual bool is_server() const { return true; }
};

// A module exports `extern "C" const tokctl::db::Driver* tokctl_driver(int abi)`, which returns its
// driver, or null when it was built for another number.
inline constexpr int kDriverAbi = 1;

}  // namespace tokctl::db
