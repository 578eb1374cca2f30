#include <errmsg.h>
#include <mysqld_error.h>

#include <cerrno>

#include "base/utf8.h"
#include "db/mysql/error.h"

namespace tokctl::db::mysql {
namespace {

// Numbers of one server that the other's header lacks.
constexpr unsigned kMysqlAccountLocked = 3118;
constexpr unsigned kMariadbAccountLocked = 4151;

[[noreturn]] void fail_no_answer(int system_errno, const Target& target) {
  switch (system_errno) {
    case EACCES:
    case EPERM:
      throw DbError(Trouble::kDenied, "db.denied",
                    "access to the socket of " + target.server() + " is not permitted");
    case ETIMEDOUT:
      throw DbError(Trouble::kGone, "db.timeout", target.server() + " does not answer in time",
                    "check the network, or wait longer with --timeout");
    default:
      throw DbError(Trouble::kGone, "db.unreachable", "nobody answers at " + target.server(),
                    "check host and port in the URL, and that the server runs");
  }
}

[[noreturn]] void fail_password(const Target& target) {
  if (target.password) {
    throw DbError(Trouble::kDenied, "db.password",
                  target.server() + " refuses the password of the user " + target.role(),
                  "check the password file or ~/.my.cnf");
  }
  throw DbError(Trouble::kDenied, "db.password_missing",
                target.server() + " wants a password of the user " + target.role(),
                "put it into ~/.my.cnf, or name a file with password-file= in the URL");
}

}  // namespace

void fail_connecting(unsigned number, int system_errno, const Target& target) {
  switch (number) {
    case CR_UNKNOWN_HOST:
      throw DbError(Trouble::kGone, "db.host", target.server() + " has a name that nobody knows",
                    "check the host in the URL");
    case CR_CONNECTION_ERROR:
    case CR_CONN_HOST_ERROR:
    case CR_SERVER_LOST:
    case CR_SERVER_GONE_ERROR:
    case CR_SERVER_HANDSHAKE_ERR:
      fail_no_answer(system_errno, target);
    case ER_SERVER_SHUTDOWN:
      throw DbError(Trouble::kBusy, "db.starting", target.server() + " is starting or stopping",
                    "try again");

    case CR_SSL_CONNECTION_ERROR:
      throw DbError(Trouble::kDenied, "db.tls",
                    "the certificate of " + target.server() + " could not be verified",
                    "name the authority that signed it with ssl-ca=FILE in the URL");
    case kTlsRequired:
      throw DbError(Trouble::kDenied, "db.tls_required",
                    target.server() + " does not let the user " + target.role() + " in without TLS",
                    "say ssl-mode=verify_identity in the URL");

    case ER_ACCESS_DENIED_ERROR:
    case ER_ACCESS_DENIED_NO_PASSWORD_ERROR:
      fail_password(target);
    case ER_MUST_CHANGE_PASSWORD_LOGIN:
    case ER_HOST_NOT_PRIVILEGED:
    case ER_HOST_IS_BLOCKED:
    case ER_DBACCESS_DENIED_ERROR:
    case kMysqlAccountLocked:
    case kMariadbAccountLocked:
      throw DbError(Trouble::kDenied, "db.denied",
                    target.server() + " does not let the user " + target.role() + " into " +
                        printable(target.database),
                    "check the user's and the database's name; see GRANT");
    case CR_AUTH_PLUGIN_CANNOT_LOAD:
      throw DbError(Trouble::kDenied, "db.authentication",
                    target.server() + " wants the user " + target.role() +
                        " to log in by a way that is not safe or not known",
                    "give the user a password there, of type ed25519 or caching_sha2_password");

    case ER_BAD_DB_ERROR:
      throw DbError(Trouble::kGone, "db.missing",
                    "there is no database " + printable(target.database) + " on " + target.server(),
                    "create it there with CREATE DATABASE");
    case ER_CON_COUNT_ERROR:
    case ER_TOO_MANY_USER_CONNECTIONS:
    case ER_USER_LIMIT_REACHED:
      throw DbError(Trouble::kBusy, "db.crowded",
                    target.server() + " takes no more connections at the moment",
                    "try again, or raise max_connections there");
    default:
      fail(number, target);
  }
}

}  // namespace tokctl::db::mysql
