#include "db/table.h"

#include <algorithm>
#include <array>

#include "embedded/schema_sql.h"

namespace tokctl::db {
namespace {

constexpr std::string_view kVersionTable = "schema_version";

// A row is bound as it is: the cells outlive the statement's run.
Value bound(const Cell& cell) {
  if (const auto* text = std::get_if<std::string>(&cell)) return std::string_view(*text);
  if (const auto* number = std::get_if<std::int64_t>(&cell)) return *number;
  return nullptr;
}

Cell cell(const Statement& row, int index, const Column& column) {
  if (row.is_null(index)) return {};
  if (column.integer) return row.integer(index);
  return std::string(row.text(index));
}

// `  name TYPE ...` of a table's definition; nothing for a line that defines no column.
std::optional<Column> column_of(std::string_view line) {
  const std::size_t begin = line.find_first_not_of(' ');
  if (begin == std::string_view::npos || line[begin] < 'a' || line[begin] > 'z') return {};
  line.remove_prefix(begin);
  const std::size_t space = line.find(' ');
  return Column{.name = std::string(line.substr(0, space)),
                .integer = line.substr(space + 1).starts_with("BIGINT"),
                .nullable = line.find("NOT NULL") == std::string_view::npos &&
                            line.find("PRIMARY KEY") == std::string_view::npos};
}

}  // namespace

std::vector<std::string> split_statements(std::string_view schema) {
  std::vector<std::string> statements(1);
  while (!schema.empty()) {
    const std::size_t end = schema.find('\n');
    const std::string_view line = schema.substr(0, end);
    schema.remove_prefix(end == std::string_view::npos ? schema.size() : end + 1);
    if (line.empty() || line.starts_with("--")) continue;
    std::string& statement = statements.back();
    if (!statement.empty()) statement += '\n';
    statement += line;
    if (statement.ends_with(';')) {
      statement.pop_back();
      statements.emplace_back();
    }
  }
  statements.pop_back();
  return statements;
}

std::vector<Table> tables_of(std::string_view schema) {
  constexpr std::string_view kCreate = "CREATE TABLE ";
  std::vector<Table> found;
  for (const std::string& statement : split_statements(schema)) {
    std::string_view rest = statement;
    if (!rest.starts_with(kCreate)) continue;
    rest.remove_prefix(kCreate.size());
    Table table{.name = std::string(rest.substr(0, rest.find(' '))), .columns = {}};
    while (!rest.empty()) {
      rest.remove_prefix(std::min(rest.find('\n'), rest.size() - 1) + 1);
      if (auto column = column_of(rest.substr(0, rest.find('\n')))) {
        table.columns.push_back(*std::move(column));
      }
    }
    if (table.name != kVersionTable) found.push_back(std::move(table));
  }
  return found;
}

const std::vector<Table>& tables() {
  static const std::vector<Table> kTables = tables_of(embedded::kSchemaSql);
  return kTables;
}

TableAccess::TableAccess(Handle& db, const Table& table) : db_(db), table_(table) {
  for (const Column& column : table.columns) {
    if (!columns_.empty()) columns_ += ", ";
    columns_ += column.name;
  }
}

std::vector<Cells> TableAccess::read(const std::optional<Cell>& after, std::size_t limit) {
  const std::string& key = table_.columns.front().name;
  const std::string select = "SELECT " + columns_ + " FROM " + table_.name;
  const std::string order = " ORDER BY " + key + " LIMIT ?";
  const Value most = static_cast<std::int64_t>(limit);
  std::vector<Cells> rows;
  const auto take = [&](const Statement& row) { rows.push_back(cells(row)); };
  if (after) {
    run(after_, select + " WHERE " + key + " > ?" + order, std::array{bound(*after), most}, take);
  } else {
    run(first_, select + order, std::array{most}, take);
  }
  return rows;
}

void TableAccess::insert(const Cells& row) {
  std::string marks;
  std::vector<Value> values;
  for (const Cell& value : row) {
    marks += marks.empty() ? "?" : ", ?";
    values.push_back(bound(value));
  }
  run(insert_, "INSERT INTO " + table_.name + " (" + columns_ + ") VALUES (" + marks + ")", values,
      [](const Statement&) {});
}

std::optional<Cell> TableAccess::last_key() {
  const std::string& key = table_.columns.front().name;
  std::optional<Cell> last;
  run(last_key_, "SELECT " + key + " FROM " + table_.name + " ORDER BY " + key + " DESC LIMIT 1",
      {}, [&](const Statement& row) { last = cell(row, 0, table_.columns.front()); });
  return last;
}

std::int64_t TableAccess::count() {
  std::int64_t rows = 0;
  run(count_, "SELECT count(*) FROM " + table_.name, {},
      [&](const Statement& row) { rows = row.integer(0); });
  return rows;
}

void TableAccess::clear() {
  run(clear_, "DELETE FROM " + table_.name, {}, [](const Statement&) {});
}

template <typename Use>
void TableAccess::run(std::unique_ptr<Statement>& slot, const std::string& sql,
                      std::span<const Value> values, const Use& use) {
  db_.traced(sql, [&] {
    if (!slot) slot = db_.connection().prepare(sql, Locking::kNone);
    struct Reset {
      Statement& statement;
      ~Reset() { statement.reset(); }
    } const reset{*slot};
    slot->execute(values);
    while (slot->step()) use(*slot);
  });
}

Cells TableAccess::cells(const Statement& row) const {
  Cells found;
  found.reserve(table_.columns.size());
  int index = 0;
  for (const Column& column : table_.columns) found.push_back(cell(row, index++, column));
  return found;
}

}  // namespace tokctl::db
