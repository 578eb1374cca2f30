// What MySQL's and MariaDB's error numbers mean. Their texts, which may hold values, are not read.
#pragma once

#include <string_view>

#include "db/connection.h"
#include "db/mysql/target.h"

namespace tokctl::db::mysql {

// MySQL's number for a connection that has to be encrypted and is not. MariaDB has none.
inline constexpr unsigned kTlsRequired = 3159;

// Throws what the number of an error on an open connection means.
[[noreturn]] void fail(unsigned number, const Target& target);

// Throws why a connection could not be made. `system_errno` is that of the system call that failed,
// if one did.
[[noreturn]] void fail_connecting(unsigned number, int system_errno, const Target& target);

// Whether a statement was stopped since its time was over.
bool is_statement_timeout(unsigned number);

// Whether the connection cannot be used any more after this error.
bool ends_connection(unsigned number);

// Whether the server may have undone the whole transaction. For some errors it depends on how it is
// set.
bool ends_transaction(unsigned number);

// Whether a definition was refused because what it makes is there, or what it drops is not.
bool is_applied_already(unsigned number, std::string_view ddl);

}  // namespace tokctl::db::mysql
