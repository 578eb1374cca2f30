// SQL behind tokctl's back: what an attacker who writes the database, or a damaged disk, can do.
#pragma once

#include <sqlite3.h>

#include <stdexcept>
#include <string>

namespace tokctl::test {

class RawSqlite {
 public:
  explicit RawSqlite(const std::string& path) {
    if (sqlite3_open(path.c_str(), &db_) != SQLITE_OK) throw std::runtime_error("sqlite3_open");
    sqlite3_busy_timeout(db_, 5000);
  }
  RawSqlite(const RawSqlite&) = delete;
  RawSqlite& operator=(const RawSqlite&) = delete;
  ~RawSqlite() { sqlite3_close(db_); }

  // Runs `sql`; how many rows it changed.
  int run(const std::string& sql) {
    char* message = nullptr;
    if (sqlite3_exec(db_, sql.c_str(), nullptr, nullptr, &message) != SQLITE_OK) {
      const std::string what = message != nullptr ? message : "sqlite3_exec";
      sqlite3_free(message);
      throw std::runtime_error(what);
    }
    return sqlite3_changes(db_);
  }
  // The first column of the first row; empty when there is none.
  std::string one(const std::string& sql) {
    std::string result;
    sqlite3_exec(
        db_, sql.c_str(),
        [](void* out, int, char** values, char**) {
          *static_cast<std::string*>(out) = values[0] != nullptr ? values[0] : "";
          return 1;
        },
        &result, nullptr);
    return result;
  }

  // One column of every row, a line each.
  std::string all(const std::string& sql, int column) {
    sqlite3_stmt* statement = nullptr;
    if (sqlite3_prepare_v2(db_, sql.c_str(), -1, &statement, nullptr) != SQLITE_OK) {
      throw std::runtime_error(sqlite3_errmsg(db_));
    }
    std::string lines;
    while (sqlite3_step(statement) == SQLITE_ROW) {
      const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement, column));
      lines.append(text != nullptr ? text : "").append("\n");
    }
    sqlite3_finalize(statement);
    return lines;
  }

 private:
  sqlite3* db_ = nullptr;
};

}  // namespace tokctl::test
