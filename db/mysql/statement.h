// Statements by the binary protocol.
#pragma once

#include <mysql.h>

#include <memory>
#include <string_view>

#include "db/connection.h"

namespace tokctl::db::mysql {

class MysqlConnection;

// Throws what the connection's `fail` throws.
std::unique_ptr<Statement> prepare(MysqlConnection& connection, MYSQL* session,
                                   std::string_view sql);

}  // namespace tokctl::db::mysql
