// SQLite by itself, beside which the benchmarks hold what tokctl does on it.
#pragma once

#include <benchmark/benchmark.h>
#include <sqlite3.h>

#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>

#include "support/temp_folder.h"

namespace tokctl::bench {

inline void must(int status) {
  if (status != SQLITE_OK && status != SQLITE_ROW && status != SQLITE_DONE) std::abort();
}

using RawDb = std::unique_ptr<sqlite3, decltype(&sqlite3_close)>;

inline void run_sql(sqlite3* db, const std::string& sql) {
  must(sqlite3_exec(db, sql.c_str(), nullptr, nullptr, nullptr));
}

inline RawDb open_raw(const std::string& path) {
  sqlite3* db = nullptr;
  must(sqlite3_open(path.c_str(), &db));
  run_sql(db, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");
  return {db, sqlite3_close};
}

inline std::string_view text(sqlite3_stmt* row, int column) {
  return {reinterpret_cast<const char*>(sqlite3_column_text(row, column)),
          static_cast<std::size_t>(sqlite3_column_bytes(row, column))};
}

// Looks one key after another up, `columns` of its row.
template <typename Keys>
void raw_lookups(benchmark::State& state, sqlite3* db, const char* sql, int columns,
                 const Keys& keys) {
  sqlite3_stmt* rows = nullptr;
  must(sqlite3_prepare_v2(db, sql, -1, &rows, nullptr));
  std::size_t i = 0;
  for (auto _ : state) {
    const std::string& key = keys[i++ % keys.size()];
    sqlite3_bind_text(rows, 1, key.data(), static_cast<int>(key.size()), SQLITE_STATIC);
    if (sqlite3_step(rows) != SQLITE_ROW) state.SkipWithError("no row");
    for (int column = 0; column < columns; ++column) benchmark::DoNotOptimize(text(rows, column));
    sqlite3_reset(rows);
  }
  sqlite3_finalize(rows);
  state.SetItemsProcessed(state.iterations());
}

// One row a commit, each on the disk.
inline void raw_durable_insert(benchmark::State& state) {
  const test::TempFolder folder;
  const RawDb db = open_raw(folder / "raw.db");
  run_sql(db.get(), "CREATE TABLE s (id TEXT PRIMARY KEY, a TEXT, b INT) WITHOUT ROWID");
  sqlite3_stmt* insert = nullptr;
  must(sqlite3_prepare_v2(db.get(), "INSERT INTO s VALUES (lower(hex(randomblob(18))), 'x', 1)", -1,
                          &insert, nullptr));
  for (auto _ : state) {
    must(sqlite3_step(insert));
    sqlite3_reset(insert);
  }
  sqlite3_finalize(insert);
  state.SetItemsProcessed(state.iterations());
}

}  // namespace tokctl::bench
