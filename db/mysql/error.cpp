#include "db/mysql/error.h"

#include <errmsg.h>
#include <mysqld_error.h>

#include <new>

#include "base/utf8.h"

namespace tokctl::db::mysql {
namespace {

// Numbers of one server that the other's header lacks.
constexpr unsigned kMariadbStatementTimeout = 1969;
constexpr unsigned kMysqlStatementTimeout = 3024;
constexpr unsigned kMysqlInactive = 4031;  // told instead of an answer, then disconnected

[[noreturn]] void fail_gone(const Target& target) {
  throw DbError(Trouble::kGone, "db.gone", "the connection to " + target.name() + " was lost",
                "check that the server runs");
}

[[noreturn]] void fail_busy(const Target& target) {
  throw DbError(Trouble::kBusy, "db.busy", target.name() + " is in use by another process",
                "try again, or wait longer with --timeout");
}

[[noreturn]] void fail_denied(const Target& target) {
  throw DbError(Trouble::kDenied, "db.denied",
                "the user " + target.role() + " may not do that in " + target.name(),
                "grant them the right, or take another user");
}

}  // namespace

void fail(unsigned number, const Target& target) {
  switch (number) {
    case ER_DUP_ENTRY:
    case ER_DUP_KEY:
      throw DbError(Trouble::kUnique, "db.unique", "a row with that key exists already");

    case ER_LOCK_WAIT_TIMEOUT:
    case ER_LOCK_DEADLOCK:
    case ER_CHECKREAD:
    case ER_TABLE_DEF_CHANGED:
    case ER_NEED_REPREPARE:
      fail_busy(target);
    case ER_QUERY_INTERRUPTED:
    case kMariadbStatementTimeout:
    case kMysqlStatementTimeout:
      throw DbError(Trouble::kBusy, "db.slow",
                    target.name() + " did not finish a statement in time",
                    "try again, or wait longer with --timeout");
    case ER_OUT_OF_RESOURCES:
    case ER_OUTOFMEMORY:
    case ER_MAX_PREPARED_STMT_COUNT_REACHED:
      throw DbError(Trouble::kBusy, "db.busy", target.server() + " is short of memory",
                    "try again");

    case ER_DBACCESS_DENIED_ERROR:
    case ER_ACCESS_DENIED_ERROR:
    case ER_TABLEACCESS_DENIED_ERROR:
    case ER_COLUMNACCESS_DENIED_ERROR:
    case ER_SPECIFIC_ACCESS_DENIED_ERROR:
      fail_denied(target);
    case ER_OPTION_PREVENTS_STATEMENT:
    case ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION:
    case ER_READ_ONLY_MODE:
      throw DbError(Trouble::kDenied, "db.read_only", target.name() + " is read-only");

    case ER_RECORD_FILE_FULL:
    case ER_DISK_FULL:
      throw DbError(Trouble::kFull, "db.full",
                    "there is no room left on the disk of " + target.name());
    case ER_ERROR_ON_READ:
    case ER_ERROR_ON_WRITE:
    case ER_GET_ERRNO:
      throw DbError(Trouble::kGone, "db.io", "reading or writing " + target.name() + " failed");

    case ER_NO_SUCH_TABLE:
    case ER_BAD_FIELD_ERROR:
    case ER_TABLE_EXISTS_ERROR:
    case ER_BAD_TABLE_ERROR:
    case ER_DUP_FIELDNAME:
    case ER_DUP_KEYNAME:
    case ER_CANT_DROP_FIELD_OR_KEY:
    case ER_KEY_COLUMN_DOES_NOT_EXIST:
      throw DbError(Trouble::kSchema, "db.schema",
                    target.name() + " does not have the tables of its version",
                    "restore it from a backup");
    case ER_NOT_KEYFILE:
    case ER_CRASHED_ON_USAGE:
    case ER_CRASHED_ON_REPAIR:
    case ER_INDEX_CORRUPT:
    case ER_NO_SUCH_TABLE_IN_ENGINE:
      throw DbError(Trouble::kBroken, "db.damaged", target.name() + " is damaged",
                    "restore it from a backup");

    case ER_NO_REFERENCED_ROW:
    case ER_NO_REFERENCED_ROW_2:
    case ER_ROW_IS_REFERENCED:
    case ER_ROW_IS_REFERENCED_2:
    case ER_BAD_NULL_ERROR:
    case ER_NO_DEFAULT_FOR_FIELD:
      throw DbError(Trouble::kOther, "db.constraint", "a change would break a rule of the schema");
    case ER_DATA_TOO_LONG:
    case ER_WARN_DATA_OUT_OF_RANGE:
    case ER_TRUNCATED_WRONG_VALUE_FOR_FIELD:
    case ER_NET_PACKET_TOO_LARGE:
      throw DbError(Trouble::kOther, "db.value",
                    "a value does not fit its column: too long, or not text of UTF-8");

    case CR_OUT_OF_MEMORY:
      throw std::bad_alloc();
    default:
      if (ends_connection(number)) fail_gone(target);
      throw DbError(
          Trouble::kOther, "db.refused",
          target.name() + " refused a statement (MySQL code " + std::to_string(number) + ")");
  }
}

bool is_statement_timeout(unsigned number) {
  return number == kMariadbStatementTimeout || number == kMysqlStatementTimeout;
}

bool ends_connection(unsigned number) {
  switch (number) {
    case CR_SERVER_GONE_ERROR:
    case CR_SERVER_LOST:
    case CR_COMMANDS_OUT_OF_SYNC:
    case CR_MALFORMED_PACKET:
    case ER_SERVER_SHUTDOWN:
    case ER_CONNECTION_KILLED:
    case kMysqlInactive:
      return true;
    default:
      return false;
  }
}

bool ends_transaction(unsigned number) {
  switch (number) {
    case ER_LOCK_DEADLOCK:
    case ER_LOCK_WAIT_TIMEOUT:
    case ER_CHECKREAD:
    case ER_QUERY_INTERRUPTED:
    case ER_RECORD_FILE_FULL:
    case ER_DISK_FULL:
    case ER_OUT_OF_RESOURCES:
    case ER_OUTOFMEMORY:
    case kMariadbStatementTimeout:
    case kMysqlStatementTimeout:
      return true;
    default:
      return ends_connection(number);
  }
}

bool is_applied_already(unsigned number, std::string_view ddl) {
  switch (number) {
    case ER_TABLE_EXISTS_ERROR:
    case ER_BAD_TABLE_ERROR:
    case ER_DUP_FIELDNAME:
    case ER_DUP_KEYNAME:
    case ER_CANT_DROP_FIELD_OR_KEY:
      return true;
    case ER_DUP_ENTRY:  // otherwise a unique index cannot be made over the rows that there are
      return ddl.starts_with("INSERT");
    default:
      return false;
  }
}

}  // namespace tokctl::db::mysql
