#include "auth/dump.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <utility>

#include "base/encoding.h"
#include "base/error.h"
#include "base/json.h"
#include "db/migrate.h"

namespace tokctl::auth {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::int64_t kFormat = 1;
constexpr std::int64_t kToldEvery = 1000;                  // rows between two calls of a progress
constexpr std::size_t kHeaderMax = std::size_t{64} << 10;  // bytes

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

// Of a table: more than any file holds, and few enough to be added up.
constexpr std::int64_t kRowsMax = std::int64_t{1} << 48;

std::int64_t number(const nlohmann::json& json, const char* name) {
  const auto found = json.find(name);
  if (found == json.end() || !found->is_number_integer()) throw_dump_damaged("its first line");
  return found->get<std::int64_t>();
}

std::string text(const nlohmann::json& json, const char* name) {
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

// Reads a row's line as a stream and stops at the first value that does not belong to its table: a
// tree of whatever else a line may hold, nested a million deep, would take a gigabyte.
class RowReader {
 public:
  explicit RowReader(const db::Table& table) : columns_(table.columns) {
    cells_.reserve(columns_.size());
  }

  bool null() { return has_column() && column().nullable && keep(db::Cell()); }
  bool number_integer(std::int64_t value) {
    return has_column() && column().integer && keep(db::Cell(value));
  }
  bool number_unsigned(std::uint64_t value) {
    return value <= INT64_MAX && number_integer(static_cast<std::int64_t>(value));
  }
  bool string(std::string& value) {
    return has_column() && !column().integer && keep(db::Cell(std::move(value)));
  }
  bool start_array(std::size_t /*size*/) { return !std::exchange(begun_, true); }
  static bool end_array() { return true; }

  static bool boolean(bool /*value*/) { return false; }
  static bool number_float(double /*value*/, const std::string& /*text*/) { return false; }
  static bool binary(nlohmann::json::binary_t& /*value*/) { return false; }
  static bool start_object(std::size_t /*size*/) { return false; }
  static bool key(std::string& /*name*/) { return false; }
  static bool end_object() { return false; }
  static bool parse_error(std::size_t /*at*/, const std::string& /*token*/,
                          const nlohmann::json::exception& /*error*/) {
    return false;
  }

  bool whole() const { return cells_.size() == columns_.size(); }
  db::Cells take() { return std::move(cells_); }

 private:
  bool has_column() const { return begun_ && !whole(); }
  const db::Column& column() const { return columns_[cells_.size()]; }
  bool keep(db::Cell cell) {
    cells_.push_back(std::move(cell));
    return true;
  }

  const std::vector<db::Column>& columns_;
  db::Cells cells_;
  bool begun_ = false;
};

db::Cells cells_of(const std::string& line, const db::Table& table) {
  RowReader reader(table);
  if (!all_is_read_as_json(line) || !nlohmann::json::sax_parse(line, &reader) || !reader.whole())
    throw_dump_damaged("a row is none of the table " + table.name);
  return reader.take();
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
  const auto first = line_.size() <= kHeaderMax ? parse_json_object(line_) : std::nullopt;
  if (!first || !first->contains("tokctl_dump"))
    throw Error(Code::kIntegrity, "dump.foreign", "this is no backup made by tokctl");
  const nlohmann::json& header = *first;
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
