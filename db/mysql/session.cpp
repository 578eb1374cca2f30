#include "db/mysql/session.h"

#include <errmsg.h>
#include <fcntl.h>
#include <ma_pvio.h>
#include <mysqld_error.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <new>
#include <string>

#include "base/resolve.h"
#include "base/utf8.h"
#include "db/mysql/error.h"

namespace tokctl::db::mysql {
namespace {

using std::chrono::milliseconds;

// The ways of logging in that show the server no password. A server could ask for it in the clear,
// or ask whoever sits at the terminal anything.
constexpr const char* kLogins =
    "mysql_native_password,client_ed25519,caching_sha2_password,sha256_password";

// A process that stops in the middle of a transaction keeps its locks no longer than this.
constexpr std::chrono::seconds kIdleInTransaction{60};

const char* or_null(const std::string& text) { return text.empty() ? nullptr : text.c_str(); }

bool is_mariadb(MYSQL* session) { return mariadb_connection(session) != 0; }

void set_timeouts(MYSQL* session, milliseconds timeout) {
  const unsigned connect = seconds_of(timeout);
  mysql_optionsv(session, MYSQL_OPT_CONNECT_TIMEOUT, &connect);
  // The server answers within the timeout, if only that it has passed; this is for one that does
  // not answer any more.
  const unsigned answer = connect + 1;
  mysql_optionsv(session, MYSQL_OPT_READ_TIMEOUT, &answer);
  mysql_optionsv(session, MYSQL_OPT_WRITE_TIMEOUT, &answer);
}

void set_tls(MYSQL* session, const Target& target) {
  const my_bool enforce = target.ssl_mode != SslMode::kDisabled;
  const my_bool verify = target.ssl_mode == SslMode::kVerifyIdentity;
  if (enforce != 0) {
    mysql_ssl_set(session, or_null(target.ssl_key), or_null(target.ssl_cert),
                  or_null(target.ssl_ca), nullptr, nullptr);
  }
  mysql_optionsv(session, MYSQL_OPT_SSL_ENFORCE, &enforce);
  mysql_optionsv(session, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &verify);
}

Session prepare(const Target& target, const OpenOptions& options, const char* logins) {
  Session owned(mysql_init(nullptr));
  if (!owned) throw std::bad_alloc();
  MYSQL* session = owned.get();
  const unsigned protocol = target.host.empty() ? MYSQL_PROTOCOL_SOCKET : MYSQL_PROTOCOL_TCP;
  mysql_optionsv(session, MYSQL_OPT_PROTOCOL, &protocol);
  const unsigned no_local_files = 0;  // a server could ask for any file of ours
  mysql_optionsv(session, MYSQL_OPT_LOCAL_INFILE, &no_local_files);
  mysql_optionsv(session, MARIADB_OPT_RESTRICTED_AUTH, logins);
  mysql_optionsv(session, MYSQL_SET_CHARSET_NAME, "utf8mb4");
  set_timeouts(session, options.timeout);
  set_tls(session, target);
  return owned;
}

bool enter(MYSQL* session, const Target& target) {
  const char* password = target.password ? target.password->c_str() : nullptr;
  // With found rows, a write counts the rows that it matched, not those that it changed.
  if (mysql_real_connect(session, or_null(target.host), or_null(target.user), password,
                         target.database.c_str(), target.port, or_null(target.socket),
                         CLIENT_FOUND_ROWS) == nullptr)
    return false;
  // The library leaves its socket open for any program that this one becomes or starts, which then
  // were in the database with our rights.
  fcntl(static_cast<int>(mysql_get_socket(session)), F_SETFD, FD_CLOEXEC);
  return true;
}

// MariaDB says of whoever would have to come by TLS that the password is wrong. Whether that is so,
// tells a second try, which proves the password to whomever it may be without giving it away.
bool needs_tls(const Target& target, const OpenOptions& options) {
  if (target.host.empty() || target.ssl_mode != SslMode::kDisabled) return false;
  Target encrypted = target;
  encrypted.ssl_mode = SslMode::kRequired;
  const Session session = prepare(encrypted, options, "mysql_native_password,client_ed25519");
  return enter(session.get(), encrypted);
}

// Nothing of how we read and write is left to what a server is set to.
std::string settings(MYSQL* session, const OpenOptions& options) {
  const bool mariadb = is_mariadb(session);
  const std::string seconds = std::to_string(seconds_of(options.timeout));
  std::string sql = "SET NAMES utf8mb4 COLLATE ";
  sql += collation_of(session);
  // Strings as in standard SQL, and nothing cut to fit.
  sql +=
      ", sql_mode = 'ANSI_QUOTES,PIPES_AS_CONCAT,NO_BACKSLASH_ESCAPES,STRICT_ALL_TABLES,"
      "NO_ENGINE_SUBSTITUTION', autocommit = 1, foreign_key_checks = 1, unique_checks = 1";
  sql += ", innodb_lock_wait_timeout = " + seconds + ", lock_wait_timeout = " + seconds + ", " +
         statement_limit(session, options.timeout);
  // READ COMMITTED, so that what a lock was waited for is seen once it is there.
  sql += mariadb ? ", tx_isolation = 'READ-COMMITTED', tx_read_only = "
                 : ", transaction_isolation = 'READ-COMMITTED', transaction_read_only = ";
  sql += options.read_only ? '1' : '0';
  if (mariadb) sql += ", idle_transaction_timeout = " + std::to_string(kIdleInTransaction.count());
  return sql;
}

// Of the library's own "Can't connect to local server through socket 'path' (13)" the system's
// number at the end. By TCP it is of little use: EINPROGRESS for all that fails.
int system_error_in(std::string_view message) {
  const auto open = message.rfind('(');
  int number = 0;
  if (open != std::string_view::npos) {
    std::from_chars(message.data() + open + 1, message.data() + message.size(), number);
  }
  return number;
}

void require_readable(const std::string& path) {
  if (path.empty() || access(path.c_str(), R_OK) == 0) return;
  throw DbError(Trouble::kDenied, "db.tls_file",
                "the file " + printable(path) + " for TLS cannot be read",
                "check the ssl- parameters of the database URL");
}

}  // namespace

Session connect(const Target& target, const OpenOptions& options) {
  for (const auto* path : {&target.ssl_ca, &target.ssl_cert, &target.ssl_key}) {
    require_readable(*path);
  }
  Session session = prepare(target, options, kLogins);
  MYSQL* raw = session.get();
  const auto begun = std::chrono::steady_clock::now();
  if (!target.host.empty() && !resolvable_by(target.host, begun + options.timeout)) {
    fail_connecting(CR_CONN_HOST_ERROR, ETIMEDOUT, target);
  }
  if (!enter(raw, target)) {
    unsigned number = mysql_errno(raw);
    const bool late = std::chrono::steady_clock::now() - begun >= options.timeout;
    const int system_errno = late ? ETIMEDOUT : system_error_in(mysql_error(raw));
    if (number == ER_ACCESS_DENIED_ERROR && needs_tls(target, options)) number = kTlsRequired;
    fail_connecting(number, system_errno, target);
  }
  if (target.ssl_mode != SslMode::kDisabled && mysql_get_ssl_cipher(raw) == nullptr) {
    fail_connecting(CR_SSL_CONNECTION_ERROR, 0, target);
  }
  const std::string sql = settings(raw, options);
  if (mysql_real_query(raw, sql.data(), sql.size()) != 0) fail(mysql_errno(raw), target);
  return session;
}

unsigned seconds_of(milliseconds timeout) {
  return static_cast<unsigned>(
      std::max<std::int64_t>(std::chrono::ceil<std::chrono::seconds>(timeout).count(), 1));
}

// The option for it is read while connecting only.
void set_answer_timeout(MYSQL* session, unsigned seconds) {
  MARIADB_PVIO* transport = session->net.pvio;
  if (transport == nullptr) return;
  transport->methods->set_timeout(transport, PVIO_READ_TIMEOUT, static_cast<int>(seconds));
}

// MySQL stops SELECTs only; what writes waits there for nothing but locks.
std::string statement_limit(MYSQL* session, milliseconds timeout) {
  const std::string number = std::to_string(timeout.count());
  return is_mariadb(session) ? "max_statement_time = " + number + " / 1000.0"
                             : "max_execution_time = " + number;
}

std::string_view collation_of(MYSQL* session) {
  return is_mariadb(session) ? "utf8mb4_nopad_bin" : "utf8mb4_0900_bin";
}

}  // namespace tokctl::db::mysql
