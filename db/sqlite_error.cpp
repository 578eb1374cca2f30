#include <sqlite3.h>

#include <cerrno>
#include <new>

#include "base/utf8.h"
#include "db/sqlite.h"

namespace tokctl::db::sqlite {
namespace {

[[noreturn]] void fail_busy(const std::string& database) {
  throw DbError(Trouble::kBusy, "db.busy", database + " is in use by another process",
                "try again, or wait longer with --timeout");
}

[[noreturn]] void fail_denied(const std::string& database) {
  throw DbError(Trouble::kDenied, "db.denied", "access to " + database + " is not permitted");
}

[[noreturn]] void fail_full(const std::string& database) {
  throw DbError(Trouble::kFull, "db.full", "there is no room left on the disk of " + database);
}

[[noreturn]] void fail_cannot_open(int system_errno, const std::string& database) {
  switch (system_errno) {
    case EACCES:
    case EPERM:
    case EROFS:
      fail_denied(database);
    case ENOSPC:
    case EDQUOT:
      fail_full(database);
    default:
      throw DbError(Trouble::kGone, "db.unreadable", database + " cannot be opened");
  }
}

[[noreturn]] void fail_io(int system_errno, const std::string& database) {
  if (system_errno == ENOSPC || system_errno == EDQUOT) fail_full(database);
  throw DbError(Trouble::kGone, "db.io", "reading or writing " + database + " failed");
}

}  // namespace

void fail(int code, int system_errno, std::string_view path) {
  const std::string database = "the database " + printable(path);
  switch (code) {
    case SQLITE_CONSTRAINT_UNIQUE:
    case SQLITE_CONSTRAINT_PRIMARYKEY:
    case SQLITE_CONSTRAINT_ROWID:
      throw DbError(Trouble::kUnique, "db.unique", "a row with that key exists already");
    case SQLITE_READONLY_DBMOVED:
      throw DbError(Trouble::kGone, "db.moved", database + " has been moved or deleted meanwhile");
    default:
      break;
  }
  switch (code & 0xff) {
    case SQLITE_NOMEM:
      throw std::bad_alloc();
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      fail_busy(database);
    case SQLITE_READONLY:
      throw DbError(Trouble::kDenied, "db.read_only", database + " is read-only");
    case SQLITE_PERM:
    case SQLITE_AUTH:
      fail_denied(database);
    case SQLITE_CANTOPEN:
      fail_cannot_open(system_errno, database);
    case SQLITE_FULL:
      fail_full(database);
    case SQLITE_IOERR:
      fail_io(system_errno, database);
    case SQLITE_NOTADB:
      throw DbError(Trouble::kBroken, "db.foreign", printable(path) + " is not a tokctl database");
    case SQLITE_CORRUPT:
      throw DbError(Trouble::kBroken, "db.damaged", database + " is damaged",
                    "restore it from a backup");
    case SQLITE_CONSTRAINT:
      throw DbError(Trouble::kOther, "db.constraint", "a change would break a rule of the schema");
    default:
      throw DbError(Trouble::kOther, "db.refused",
                    database + " refused a statement (SQLite code " + std::to_string(code) + ")");
  }
}

}  // namespace tokctl::db::sqlite
