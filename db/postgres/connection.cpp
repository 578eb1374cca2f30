#include "db/postgres/connection.h"

#include <algorithm>
#include <array>
#include <utility>

#include "db/postgres/dialect.h"
#include "db/postgres/error.h"
#include "db/postgres/schema.h"
#include "db/postgres/statement.h"

namespace tokctl::db::postgres {
namespace {

// A process that stops in the middle of a transaction keeps its locks no longer than this.
constexpr std::chrono::milliseconds kIdleInTransaction{60'000};

std::string settings(const OpenOptions& options) {
  const std::int64_t timeout = std::max<std::int64_t>(1, options.timeout.count());
  // A lock's is shorter, or a statement that waits for one would always end as a slow statement.
  std::string sql =
      "SET statement_timeout = " + std::to_string(timeout) +
      "; SET lock_timeout = " + std::to_string(timeout - timeout / 10) +
      "; SET idle_in_transaction_session_timeout = " + std::to_string(kIdleInTransaction.count());
  if (options.read_only) sql += "; SET default_transaction_read_only = on";
  return sql;
}

}  // namespace

// cppcheck-suppress passedByValue  ; it is moved from
PostgresConnection::PostgresConnection(Target target, const OpenOptions& options)
    : link_(std::move(target), options.timeout) {
  if (link_.parameter("server_encoding") != "UTF8") {
    throw DbError(Trouble::kOther, "db.encoding", link_.target().name + " does not hold UTF-8",
                  "make another: createdb --encoding UTF8 --template template0 NAME");
  }
  link_.run(settings(options).c_str());
}

std::unique_ptr<Statement> PostgresConnection::prepare(std::string_view sql, Locking locking) {
  std::string text = numbered(sql);
  if (locking == Locking::kRows) text += " FOR UPDATE";
  return std::make_unique<PostgresStatement>(link_, std::move(text),
                                             "t" + std::to_string(++statements_));
}

void PostgresConnection::define(std::string_view ddl) { link_.run(by_bytes(ddl).c_str()); }

void PostgresConnection::begin(Access access) {
  switch (access) {
    case Access::kRead:
      link_.run("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
      break;
    case Access::kWrite:
      link_.run("BEGIN ISOLATION LEVEL READ COMMITTED");
      break;
    case Access::kSchema:
      begin_schema();
      break;
  }
}

// The number is tokctl's own among the advisory locks of a database. Once it is held, a migration
// takes as long as it takes.
void PostgresConnection::begin_schema() {
  try {
    link_.run(
        "BEGIN ISOLATION LEVEL READ COMMITTED; SELECT pg_advisory_xact_lock(8389754676633367151);"
        " SET LOCAL statement_timeout = 0");
  } catch (...) {
    rollback();
    throw;
  }
  link_.set_patient(true);
}

void PostgresConnection::commit() {
  const Result result = link_.run("COMMIT");
  link_.set_patient(false);
  // What a failure has aborted is not committed, and that is no error to PostgreSQL.
  if (std::string_view(PQcmdStatus(result.get())) != "COMMIT") {
    throw DbError(Trouble::kOther, "db.transaction_lost",
                  "a failure has rolled the transaction back already");
  }
}

void PostgresConnection::rollback() noexcept {
  link_.set_patient(false);
  if (!link_.in_transaction()) return;
  try {
    link_.run("ROLLBACK");
  } catch (...) {
    broken_ = true;
  }
}

void PostgresConnection::savepoint() { link_.run("SAVEPOINT part"); }

void PostgresConnection::release_savepoint() { link_.run("RELEASE SAVEPOINT part"); }

void PostgresConnection::rollback_to_savepoint() noexcept {
  try {
    link_.run("ROLLBACK TO SAVEPOINT part; RELEASE SAVEPOINT part");
  } catch (...) {
    broken_ = true;
  }
}

bool PostgresConnection::has_table(std::string_view name) {
  const auto statement = prepare(
      "SELECT 1 FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace"
      " WHERE nspname = current_schema() AND relname = ? AND relkind IN ('r', 'p')",
      Locking::kNone);
  statement->execute(std::array<Value, 1>{name});
  return statement->step();
}

std::string PostgresConnection::describe_schema() { return postgres::describe_schema(*this); }

std::string PostgresConnection::check() { return postgres::check(*this); }

}  // namespace tokctl::db::postgres
