#include "auth/dump.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/encoding.h"
#include "base/error.h"
#include "db/migrate.h"

namespace tokctl::auth {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::int64_t kFormat = 1;
constexpr std::int64_t kToldEvery = 1000;  // rows between two calls of a progress

std::string text_of(const Json& json) {
  try {
    return json.dump();
  } catch (const Json::exception&) {
    throw Error(Code::kIntegrity, "db.damaged", "a row holds text that is not UTF-8",
                "tokctl db check");
  }
}

Json to_json(const db::Cell& cell) {
  if (const auto* text = std::get_if<std::string>(&cell)) return *text;
  if (const auto* number = std::get_if<std::int64_t>(&cell)) return *number;
  return nullptr;
}

std::string header_line(const SourceFacts& facts, Time now) {
  Json rows = Json::object();
  for (std::size_t i = 0; i < facts.rows.size(); ++i) rows[db::tables()[i].name] = facts.rows[i];
  return text_of({{"tokctl_dump", kFormat},
                  {"schema", db::kSchemaVersion},
                  {"created_at", to_unix(now)},
                  {"root_key", facts.root_key},
                  {"events", facts.head.seq},
                  {"mac", facts.head.mac},
                  {"rows", rows}});
}

std::string table_line(const db::Table& table) {
  Json columns = Json::array();
  for (const db::Column& column : table.columns) columns.push_back(column.name);
  return text_of({{"table", table.name}, {"columns", columns}});
}

std::string row_line(const db::Cells& row) {
  Json values = Json::array();
  for (const db::Cell& cell : row) values.push_back(to_json(cell));
  return text_of(values);
}

std::string end_line(std::int64_t rows, std::string_view sha256) {
  return text_of({{"end", true}, {"rows", rows}, {"sha256", sha256}});
}

Json parse(const std::string& line) {
  Json json = Json::parse(line, nullptr, /*allow_exceptions=*/false);
  if (json.is_discarded()) throw_dump_damaged("a line is not JSON");
  return json;
}

// Of a table: more than any file holds, and few enough to be added up.
constexpr std::int64_t kRowsMax = std::int64_t{1} << 48;

std::int64_t number(const Json& json, const char* name) {
  const auto found = json.find(name);
  if (found == json.end() || !found->is_number_integer()) throw_dump_damaged("its first line");
  return found->get<std::int64_t>();
}

std::string text(const Json& json, const char* name) {
  const auto found = json.find(name);
  if (found == json.end() || !found->is_string()) throw_dump_damaged("its first line");
  return found->get<std::string>();
}

void check_schema(std::int64_t schema) {
  if (schema == db::kSchemaVersion) return;
  const std::string what =
      fmt::format("the dump is of schema {}, this program needs {}", schema, db::kSchemaVersion);
  if (schema > db::kSchemaVersion)
    throw Error(Code::kIntegrity, "dump.newer", what, "install a newer tokctl");
  throw Error(Code::kIntegrity, "dump.older", what,
              "restore it with the tokctl that made it, then tokctl db migrate");
}

std::optional<db::Cell> cell_of(const Json& value, const db::Column& column) {
  if (value.is_null() && column.nullable) return db::Cell();
  if (column.integer && value.is_number_integer() &&
      !(value.is_number_unsigned() && value.get<std::uint64_t>() > INT64_MAX))
    return db::Cell(value.get<std::int64_t>());
  if (!column.integer && value.is_string()) return db::Cell(value.get<std::string>());
  return std::nullopt;
}

db::Cells cells_of(const std::string& line, const db::Table& table) {
  const Json values = parse(line);
  db::Cells cells;
  if (values.is_array() && values.size() == table.columns.size()) {
    for (std::size_t i = 0; i < values.size(); ++i) {
      auto cell = cell_of(values[i], table.columns[i]);
      if (!cell) break;
      cells.push_back(*std::move(cell));
    }
  }
  if (cells.size() != table.columns.size())
    throw_dump_damaged("a row is none of the table " + table.name);
  return cells;
}

}  // namespace

void write_dump(RowSource& source, Time now, const std::function<void(std::string_view)>& out,
                const Progress& progress) {
  GzipWriter file(out);
  crypto::Sha256 digest;
  const auto line = [&](std::string text) {
    text += '\n';
    digest.add(text);
    file.append(text);
  };
  const SourceFacts& facts = source.facts();
  line(header_line(facts, now));
  std::size_t begun = 0;  // tables whose line is written: also those that turn out to be empty
  const auto begin_until = [&](std::size_t table) {
    for (; begun < table; ++begun) line(table_line(db::tables()[begun]));
  };
  std::int64_t rows = 0;
  source.each([&](std::size_t table, const db::Cells& row) {
    begin_until(table + 1);
    line(row_line(row));
    if (++rows % kToldEvery == 0 && progress) progress(rows, facts.total());
  });
  begin_until(db::tables().size());
  file.append(end_line(rows, hex_encode(digest.finish())) + '\n');
  file.finish();
}

DumpRows::DumpRows(ReadBytes file) : lines_(std::move(file)) {
  if (!next()) throw_dump_damaged("it is empty");
  const Json header = Json::parse(line_, nullptr, false);
  if (!header.is_object() || !header.contains("tokctl_dump"))
    throw Error(Code::kIntegrity, "dump.foreign", "this is no backup made by tokctl");
  if (number(header, "tokctl_dump") > kFormat)
    throw Error(Code::kIntegrity, "dump.newer", "the dump was made by a newer tokctl",
                "install a newer tokctl");
  check_schema(number(header, "schema"));
  facts_.root_key = text(header, "root_key");
  facts_.head = {.seq = number(header, "events"), .mac = text(header, "mac")};
  if (!header.contains("rows") || !header["rows"].is_object()) throw_dump_damaged("its first line");
  for (const db::Table& table : db::tables()) {
    const std::int64_t rows = number(header["rows"], table.name.c_str());
    if (rows < 0 || rows > kRowsMax) throw_dump_damaged("its first line");
    facts_.rows.push_back(rows);
  }
}

void DumpRows::each(const Use& use) {
  if (!next()) throw_dump_damaged("it breaks off");
  for (std::size_t table = 0; table < db::tables().size(); ++table) read_table(table, use);
}

// Leaves the line after the table's last row in line_; for the last table, that is the end.
void DumpRows::read_table(std::size_t index, const Use& use) {
  const db::Table& table = db::tables()[index];
  if (line_ != table_line(table)) throw_dump_damaged("the table " + table.name + " is missing");
  const bool last_table = index + 1 == db::tables().size();
  std::optional<db::Cell> last;
  std::int64_t rows = 0;
  for (;;) {
    crypto::Sha256 before = digest_;
    if (!next()) throw_dump_damaged("it breaks off");
    if (!line_.starts_with('[')) {
      if (rows != facts_.rows[index])
        throw_dump_damaged("rows of the table " + table.name + " are missing");
      if (last_table) read_end(hex_encode(before.finish()));
      return;
    }
    const db::Cells cells = cells_of(line_, table);
    if (last && !(*last < cells.front()))
      throw_dump_damaged("rows of the table " + table.name + " are not in order");
    last = cells.front();
    ++rows;
    use(index, cells);
  }
}

void DumpRows::read_end(const std::string& sha256) {
  if (line_ != end_line(facts_.total(), sha256)) throw_dump_damaged("it has been changed");
  if (next()) throw_dump_damaged("something follows its end");
}

bool DumpRows::next() {
  if (!lines_.line(line_)) return false;
  digest_.add(line_).add("\n");
  return true;
}

}  // namespace tokctl::auth
