// The connection to the server: every wait has an end.
#pragma once

#include <libpq-fe.h>

#include <chrono>
#include <memory>
#include <string_view>

#include "db/postgres/target.h"

namespace tokctl::db::postgres {

struct Clear {
  void operator()(PGresult* result) const { PQclear(result); }
};
using Result = std::unique_ptr<PGresult, Clear>;

// Values for the $n of a statement, as libpq takes them; a null value is NULL.
struct Arguments {
  int count = 0;
  const char* const* values = nullptr;
  const int* sizes = nullptr;
  const int* formats = nullptr;
};

// Whatever fails is thrown in tokctl's words.
class Link {
 public:
  Link(Target target, std::chrono::milliseconds timeout);
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;

  // Runs statements without values; the result of the last one.
  Result run(const char* sql);
  // Runs one statement without keeping it on the server: one round trip.
  Result run_once(const char* sql, const Arguments& arguments);
  void prepare(const char* name, const char* sql);
  Result run_prepared(const char* name, const Arguments& arguments);

  // Waits as long as a statement takes, or no longer than the timeout again.
  void set_patient(bool patient) { patient_ = patient; }

  bool in_transaction() const;
  // Looks whether the server has hung up on a connection that rested; asks it nothing.
  bool alive() const noexcept;
  // What the server said of itself in its greeting.
  std::string_view parameter(const char* name) const;
  const Target& target() const { return target_; }

 private:
  using Clock = std::chrono::steady_clock;
  struct Finish {
    void operator()(PGconn* connection) const { PQfinish(connection); }
  };

  void connect();
  void send(bool sent);
  Result receive();
  void wait(short events, Clock::time_point deadline);

  const Target target_;
  const std::chrono::milliseconds timeout_;
  Clock::time_point asked_;  // when the last statement was sent
  bool patient_ = false;
  bool broken_ = false;  // what the server sends next answers nobody
  std::unique_ptr<PGconn, Finish> connection_;
};

}  // namespace tokctl::db::postgres
