// Every table of schema.sql, for what treats all data alike: copies and dumps.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "db/handle.h"

namespace tokctl::db {

struct Column {
  std::string name;
  bool integer = false;  // else text
  bool nullable = false;
};

// What schema.sql says of a table. The first column is the primary key.
struct Table {
  std::string name;
  std::vector<Column> columns;
};

// All tables but schema_version, which says of what kind the others are; each refers only to those
// before it.
const std::vector<Table>& tables();

// As above, of another schema; for tests.
std::vector<Table> tables_of(std::string_view schema);

// The statements of a schema: its lines without comments, up to each semicolon that ends a line.
std::vector<std::string> split_statements(std::string_view schema);

using Cell = std::variant<std::monostate, std::int64_t, std::string>;  // NULL first
using Cells = std::vector<Cell>;  // of a row, in the order of columns

// The rows of one table, over one connection. This is the one place where SQL is put together while
// the program runs: from schema.sql, never from data.
class TableAccess {
 public:
  // Both outlive it.
  TableAccess(Handle& db, const Table& table);

  // At most `limit` rows in the order of their keys, beyond the key `after`.
  std::vector<Cells> read(const std::optional<Cell>& after, std::size_t limit);
  // Throws DbError(kUnique) when the key is there.
  void insert(const Cells& row);

  std::optional<Cell> last_key();
  std::int64_t count();
  void clear();

 private:
  template <typename Use>
  void run(std::unique_ptr<Statement>& slot, const std::string& sql, std::span<const Value> values,
           const Use& use);
  Cells cells(const Statement& row) const;

  Handle& db_;
  const Table& table_;
  std::string columns_;  // separated by commas
  std::unique_ptr<Statement> first_, after_, insert_, last_key_, count_, clear_;
};

}  // namespace tokctl::db
