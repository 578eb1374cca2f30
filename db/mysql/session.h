// The client library's connection, made and set up.
#pragma once

#include <mysql.h>

#include <chrono>
#include <memory>
#include <string_view>

#include "db/connection.h"
#include "db/mysql/target.h"

namespace tokctl::db::mysql {

struct Close {
  void operator()(MYSQL* session) const { mysql_close(session); }
};
using Session = std::unique_ptr<MYSQL, Close>;

// Throws DbError.
Session connect(const Target& target, const OpenOptions& options);

// Whole seconds, and never none: to the library and the server that would be no limit.
unsigned seconds_of(std::chrono::milliseconds timeout);

// How long a silent server is waited for; 0: for ever.
void set_answer_timeout(MYSQL* session, unsigned seconds);

// What comes after "SET " to limit each statement to a time; 0: not at all.
std::string statement_limit(MYSQL* session, std::chrono::milliseconds timeout);

// The collation that compares text by its bytes, trailing spaces included.
std::string_view collation_of(MYSQL* session);

}  // namespace tokctl::db::mysql
