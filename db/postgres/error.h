// What PostgreSQL and its client say, in tokctl's words.
#pragma once

#include <libpq-fe.h>

#include "db/connection.h"
#include "db/postgres/target.h"

namespace tokctl::db::postgres {

// The URL, or what belongs to it in the environment, is not what libpq takes.
[[noreturn]] void fail_url();

// Why a statement failed, by its SQLSTATE; without one the connection is gone.
[[noreturn]] void fail(const Target& target, const PGresult* result);

// Why `connection`, which could not be made, was not.
[[noreturn]] void fail_connecting(const Target& target, PGconn* connection);

// The server did not answer in time, before or after the connection was made.
[[noreturn]] void fail_late(const Target& target);

}  // namespace tokctl::db::postgres
