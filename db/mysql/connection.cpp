#include "db/mysql/connection.h"

#include <errmsg.h>
#include <mysql.h>
#include <mysqld_error.h>
#include <poll.h>

#include <array>

#include "db/mysql/dialect.h"
#include "db/mysql/error.h"
#include "db/mysql/schema.h"
#include "db/mysql/statement.h"

namespace tokctl::db::mysql {
namespace {

// The schema's lock, which ends with the connection at the latest. Its name is the database's: a
// server's locks are for all of its databases. (On a Galera cluster it holds on one node only.)
constexpr std::string_view kLock = "SELECT GET_LOCK(CONCAT('tokctl.', SHA1(DATABASE())), ?)";
constexpr std::string_view kUnlock = "DO RELEASE_LOCK(CONCAT('tokctl.', SHA1(DATABASE())))";

constexpr std::chrono::milliseconds kLookAgain{50};

}  // namespace

// cppcheck-suppress passedByValue  ; it is moved from
MysqlConnection::MysqlConnection(Target target, const OpenOptions& options)
    : target_(std::move(target)), timeout_(options.timeout), session_(connect(target_, options)) {}

std::unique_ptr<Statement> MysqlConnection::prepare(std::string_view sql, Locking locking) {
  if (locking == Locking::kNone) return mysql::prepare(*this, session_.get(), sql);
  return mysql::prepare(*this, session_.get(), std::string(sql) + " FOR UPDATE");
}

void MysqlConnection::define(std::string_view ddl) {
  require_transaction_kept();
  const std::string sql = to_dialect(ddl, collation_of(session_.get()));
  const unsigned number = run(sql);
  if (number != 0 && !is_applied_already(number, ddl)) fail(number);
}

void MysqlConnection::begin(Access access) {
  switch (access) {
    case Access::kRead:
      require("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ");
      if (const unsigned number = run("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY")) {
        broken_ = true;  // else the level above would be that of the next, whatever it is for
        fail(number);
      }
      break;
    case Access::kWrite:
      require("START TRANSACTION");
      break;
    case Access::kSchema:
      begin_schema();
      break;
  }
  transaction_ = access;
}

void MysqlConnection::commit() {
  require_transaction_kept();
  const unsigned number = transaction_ == Access::kSchema ? end_schema() : run("COMMIT");
  if (number != 0) fail(number);
  transaction_.reset();
}

void MysqlConnection::rollback() noexcept {
  if (!transaction_) return;
  const unsigned number = transaction_ == Access::kSchema ? end_schema() : run("ROLLBACK");
  if (number != 0) broken_ = true;
  transaction_.reset();
  lost_ = false;
}

void MysqlConnection::savepoint() {
  require_transaction_kept();
  require("SAVEPOINT part");
}

void MysqlConnection::release_savepoint() {
  require_transaction_kept();
  require("RELEASE SAVEPOINT part");
}

void MysqlConnection::rollback_to_savepoint() noexcept {
  if (lost_) return;
  if (run("ROLLBACK TO SAVEPOINT part") != 0) lost_ = true;
}

bool MysqlConnection::has_table(std::string_view name) {
  const auto statement = prepare(
      "SELECT 1 FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = ?",
      Locking::kNone);
  statement->execute(std::array<Value, 1>{name});
  return statement->step();
}

std::string MysqlConnection::describe_schema() { return mysql::describe_schema(*this); }

std::string MysqlConnection::check() { return mysql::check(*this); }

// An idle connection has nothing to read but its end, or the server's word about it. A look is good
// for a moment: two at each use would be felt by who validates tokens one after the other.
bool MysqlConnection::usable() const noexcept {
  if (broken_) return false;
  const auto now = std::chrono::steady_clock::now();
  if (now - looked_ < kLookAgain) return true;
  pollfd idle{
      .fd = static_cast<int>(mysql_get_socket(session_.get())), .events = POLLIN, .revents = 0};
  if (poll(&idle, 1, 0) != 0) return false;
  looked_ = now;
  return true;
}

void MysqlConnection::fail(unsigned number) {
  if (ends_connection(number)) broken_ = true;
  if (transaction_ && ends_transaction(number)) lost_ = true;
  // Waits for locks are counted in whole seconds and may outlast a statement's time. Those who
  // write find their rows by key, so it is a lock that took it.
  if (transaction_ == Access::kWrite && is_statement_timeout(number)) number = ER_LOCK_WAIT_TIMEOUT;
  mysql::fail(number, target_);
}

void MysqlConnection::require_transaction_kept() const {
  if (!lost_) return;
  // What a rollback to a savepoint met it could not tell.
  if (broken_) mysql::fail(CR_SERVER_LOST, target_);
  throw DbError(Trouble::kOther, "db.transaction_lost",
                "a failure has rolled the transaction back already");
}

// The error's number, or 0.
unsigned MysqlConnection::run(std::string_view sql) noexcept {
  // cppcheck-suppress invalidLifetime  ; it is sent, not kept
  if (mysql_real_query(session_.get(), sql.data(), sql.size()) == 0) return 0;
  const unsigned number = mysql_errno(session_.get());
  if (ends_connection(number)) broken_ = true;
  return number;
}

void MysqlConnection::require(std::string_view sql) {
  const unsigned number = run(sql);
  if (number != 0) fail(number);
}

// Once the lock is held, a migration takes as long as it takes.
void MysqlConnection::begin_schema() {
  {
    const auto statement = prepare(kLock, Locking::kNone);
    statement->execute(std::array<Value, 1>{std::int64_t{seconds_of(timeout_)}});
    const bool locked = statement->step() && statement->integer(0) == 1;
    if (!locked) fail(ER_LOCK_WAIT_TIMEOUT);
  }
  require("SET " + statement_limit(session_.get(), std::chrono::milliseconds(0)));
  set_answer_timeout(session_.get(), 0);
}

unsigned MysqlConnection::end_schema() noexcept {
  const unsigned number = run(kUnlock);
  if (number != 0) return number;
  set_answer_timeout(session_.get(), seconds_of(timeout_) + 1);
  return run("SET " + statement_limit(session_.get(), timeout_));
}

}  // namespace tokctl::db::mysql
