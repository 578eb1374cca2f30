#include "db/postgres/link.h"

#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <new>
#include <string_view>
#include <utility>
#include <vector>

#include "base/resolve.h"
#include "db/postgres/error.h"

namespace tokctl::db::postgres {
namespace {

// The server ends a statement at the timeout by itself, and has this long to say so.
constexpr std::chrono::milliseconds kGrace{1000};

// A connection that was of use so short a time ago is taken to be alive: to look costs a system
// call, twice for each statement.
constexpr std::chrono::milliseconds kRest{100};

// Waits until the socket is ready; false when the deadline has passed.
bool ready(int socket, short events, std::chrono::steady_clock::time_point deadline) {
  for (;;) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    if (left.count() <= 0) return false;
    pollfd one{.fd = socket, .events = events, .revents = 0};
    const int count = poll(&one, 1, static_cast<int>(std::min<std::int64_t>(left.count(), 60'000)));
    if (count > 0) return true;
    if (count < 0 && errno != EINTR) return true;  // libpq will meet the same trouble and name it
  }
}

// ERROR, FATAL, WARNING, …; empty when the result is not from the server.
std::string_view severity_of(const PGresult* result) {
  const char* severity = PQresultErrorField(result, PG_DIAG_SEVERITY_NONLOCALIZED);
  return severity != nullptr ? severity : "";
}

// What the server says unasked: warnings, which concern nobody, and its farewell.
void notice(void* broken, const PGresult* result) {
  if (severity_of(result) == "FATAL") *static_cast<bool*>(broken) = true;
}

bool failed(const PGresult* result) {
  const ExecStatusType status = PQresultStatus(result);
  return status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK;
}

}  // namespace

Link::Link(Target target, std::chrono::milliseconds timeout)
    : target_(std::move(target)), timeout_(timeout) {
  connect();
}

void Link::connect() {
  std::vector<const char*> keywords, values;
  for (const auto& [keyword, value] : target_.parameters) {
    keywords.push_back(keyword.c_str());
    values.push_back(value.c_str());
  }
  keywords.push_back(nullptr);
  values.push_back(nullptr);
  const auto deadline = Clock::now() + timeout_;
  for (const std::string& name : target_.names) {
    if (!resolvable_by(name, deadline)) fail_late(target_);
  }
  connection_.reset(PQconnectStartParams(keywords.data(), values.data(), 1));
  PGconn* connection = connection_.get();
  if (connection == nullptr) throw std::bad_alloc();
  // A refusal then ends in its SQLSTATE, which nothing else of libpq tells at this stage.
  PQsetErrorVerbosity(connection, PQERRORS_SQLSTATE);
  PQsetNoticeReceiver(connection, notice, &broken_);

  auto wanted =
      PQstatus(connection) == CONNECTION_BAD ? PGRES_POLLING_FAILED : PGRES_POLLING_WRITING;
  while (wanted != PGRES_POLLING_OK) {
    if (wanted == PGRES_POLLING_FAILED) fail_connecting(target_, connection);
    const short events = wanted == PGRES_POLLING_READING ? POLLIN : POLLOUT;
    if (!ready(PQsocket(connection), events, deadline)) fail_late(target_);
    wanted = PQconnectPoll(connection);
  }
  PQsetnonblocking(connection, 1);
}

Result Link::run(const char* sql) {
  send(PQsendQuery(connection_.get(), sql) != 0);
  return receive();
}

Result Link::run_once(const char* sql, const Arguments& arguments) {
  send(PQsendQueryParams(connection_.get(), sql, arguments.count, nullptr, arguments.values,
                         arguments.sizes, arguments.formats, 0) != 0);
  return receive();
}

void Link::prepare(const char* name, const char* sql) {
  send(PQsendPrepare(connection_.get(), name, sql, 0, nullptr) != 0);
  receive();
}

Result Link::run_prepared(const char* name, const Arguments& arguments) {
  send(PQsendQueryPrepared(connection_.get(), name, arguments.count, arguments.values,
                           arguments.sizes, arguments.formats, 0) != 0);
  return receive();
}

bool Link::in_transaction() const { return PQtransactionStatus(connection_.get()) != PQTRANS_IDLE; }

bool Link::alive() const noexcept {
  if (broken_ || PQstatus(connection_.get()) != CONNECTION_OK) return false;
  if (Clock::now() - asked_ < kRest) return true;
  // Nobody was asked anything, so what there is to read is a notice, or a farewell and then the
  // end.
  for (;;) {
    pollfd one{.fd = PQsocket(connection_.get()), .events = POLLIN, .revents = 0};
    if (poll(&one, 1, 0) <= 0) return true;
    if (PQconsumeInput(connection_.get()) == 0) return false;
    PQisBusy(connection_.get());  // reads what has come
    if (broken_ || PQstatus(connection_.get()) != CONNECTION_OK) return false;
  }
}

std::string_view Link::parameter(const char* name) const {
  const char* value = PQparameterStatus(connection_.get(), name);
  return value != nullptr ? value : "";
}

void Link::send(bool sent) {
  if (!sent || broken_) {
    broken_ = true;
    fail(target_, nullptr);
  }
}

Result Link::receive() {
  PGconn* connection = connection_.get();
  asked_ = Clock::now();
  const auto deadline = patient_ ? Clock::time_point::max() : asked_ + timeout_ + kGrace;
  while (PQflush(connection) > 0) {
    wait(POLLIN | POLLOUT, deadline);
    PQconsumeInput(connection);
  }
  // All results are read, so that the connection is free for the next statement; the first failure
  // among them counts.
  Result kept;
  for (;;) {
    while (PQisBusy(connection) != 0) {
      wait(POLLIN, deadline);
      if (PQconsumeInput(connection) == 0) break;
    }
    Result next(PQgetResult(connection));
    if (!next) break;
    if (!kept || !failed(kept.get())) kept = std::move(next);
  }
  if (kept && !failed(kept.get())) return kept;
  // After anything worse than an error the server hangs up.
  if (!kept || severity_of(kept.get()) != "ERROR") broken_ = true;
  fail(target_, kept.get());
}

void Link::wait(short events, Clock::time_point deadline) {
  if (ready(PQsocket(connection_.get()), events, deadline)) return;
  broken_ = true;
  fail_late(target_);
}

}  // namespace tokctl::db::postgres
