#include "db/handle.h"

#include "db/retry.h"

namespace tokctl::db {

Handle::Handle(std::unique_ptr<Connection> connection, Trace trace)
    : connection_(std::move(connection)), trace_(std::move(trace)) {}

Handle::Prepared& Handle::prepared(const Sql& sql) {
  const auto found = statements_.find(sql);
  if (found != statements_.end()) return found->second;
  auto statement = connection_->prepare(sql.text(), sql.locking());
  return statements_.emplace(sql, Prepared{std::move(statement)}).first->second;
}

std::int64_t Handle::run_bound(const Sql& sql, std::span<const Value> values) {
  const Run run(*this, sql, values);
  while (run.statement().step()) {
  }
  return run.statement().affected();
}

Handle::Run::Run(Handle& handle, const Sql& sql, std::span<const Value> values)
    : timer_(handle.trace_, sql.text()), prepared_(handle.prepared(sql)) {
  if (prepared_.running) {
    throw Error(Code::kInternal, "db.statement_running",
                "a statement was run again before its rows were read");
  }
  prepared_.statement->execute(values);
  prepared_.running = true;
}

Handle::Run::~Run() {
  prepared_.statement->reset();
  prepared_.running = false;
}

Handle::Timer::Timer(const Trace& trace, std::string_view name) : trace_(trace), name_(name) {
  if (trace_) started_ = std::chrono::steady_clock::now();
}

Handle::Timer::~Timer() {
  if (trace_) trace_(name_, std::chrono::steady_clock::now() - started_);
}

Transaction::Transaction(Handle& handle, Access access) : handle_(handle) {
  handle_.traced("BEGIN", [&] { handle_.connection().begin(access); });
}

Transaction::~Transaction() { rollback(); }

void Transaction::commit() {
  if (!open_) {
    throw Error(Code::kInternal, "db.no_transaction", "a transaction was ended twice");
  }
  try {
    handle_.traced("COMMIT", [&] { handle_.connection().commit(); });
    open_ = false;
  } catch (const DbError& error) {
    rollback();
    if (error.trouble() != Trouble::kGone) throw;
    throw DbError(Trouble::kGone, kCommitUnknown,
                  "the database went away during a commit: the change may have been made or not",
                  "look before trying again");
  }
}

void Transaction::rollback() noexcept {
  if (!open_) return;
  open_ = false;
  handle_.connection().rollback();
}

Savepoint::Savepoint(Handle& handle) : handle_(handle) { handle_.connection().savepoint(); }

Savepoint::~Savepoint() {
  if (open_) handle_.connection().rollback_to_savepoint();
}

void Savepoint::keep() {
  handle_.connection().release_savepoint();
  open_ = false;
}

}  // namespace tokctl::db
