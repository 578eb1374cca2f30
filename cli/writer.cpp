#include "cli/writer.h"

#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>

#include "base/error.h"
#include "base/secret.h"
#include "base/time_text.h"
#include "base/utf8.h"
#include "cli/terminal.h"

namespace tokctl::cli {
namespace {

constexpr std::size_t kTableRows = 1000;  // that may wait for their widths
constexpr std::string_view kUnix = "_unix";

// A field as --fields names it: a column, or the Unix seconds of one.
std::optional<std::size_t> find_column(const std::vector<Column>& columns, std::string_view name) {
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (columns[i].name == name) return i;
    if (columns[i].is_time && name.ends_with(kUnix) &&
        columns[i].name == name.substr(0, name.size() - kUnix.size())) {
      return i;
    }
  }
  return std::nullopt;
}

bool absent(const Value& value) {
  return std::holds_alternative<std::monostate>(value) || std::holds_alternative<Omitted>(value);
}

std::string csv_cell(const std::string& text) {
  // RFC 4180 §2. A cell that a spreadsheet would take for a formula is quoted like the rest but not
  // altered: this is data, and what was exported must come back byte for byte.
  if (!text.empty() && text.find_first_of(",\"\r\n") == std::string::npos &&
      std::string_view("=+-@\t ").find(text.front()) == std::string_view::npos) {
    return text;
  }
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + '"';
}

}  // namespace

Writer::Writer(Context& context, const Schema& schema, Format unasked)
    : Writer(context, schema, unasked, context.out()) {}

Writer::Writer(Context& context, const Schema& schema, Format unasked, Sink& sink)
    : context_(context), sink_(sink), format_(context.globals().format.value_or(unasked)) {
  choose(schema);
}

void Writer::choose(const Schema& schema) {
  std::vector<std::string> names = context_.globals().fields;
  for (auto name = names.begin(); name != names.end(); ++name) {
    if (!find_column(schema.columns, *name)) {
      std::string known;
      for (const Column& column : schema.columns)
        known += (known.empty() ? "" : ", ") + column.name;
      throw Error(Code::kUsage, "usage.field", fmt::format("--fields knows {}", known));
    }
    if (std::find(names.begin(), name, *name) != name) {
      throw Error(Code::kUsage, "usage.field", fmt::format("--fields names {} twice", *name));
    }
  }
  if (format_ == Format::kId) {
    names = {std::string(schema.id)};
  } else if (format_ == Format::kRaw && names.empty()) {
    names = {std::string(schema.raw)};
  } else if (names.empty()) {
    for (const Column& column : schema.columns) names.push_back(column.name);
  }
  const bool asked = !context_.globals().fields.empty();
  for (const std::string& name : names) {
    const std::size_t index = *find_column(schema.columns, name);
    Column column = schema.columns[index];
    const bool unix_seconds = column.name != name;
    // Asked for by itself, x_unix no longer comes beside x.
    const auto beside = name + std::string(kUnix);
    if (unix_seconds || std::find(names.begin(), names.end(), beside) != names.end()) {
      column.is_time = false;
    }
    column.name = name;
    column.in_table = column.in_table || asked;
    columns_.push_back(std::move(column));
    source_.push_back({.index = index, .unix_seconds = unix_seconds});
  }
}

void Writer::show(const Row& row) {
  static const Value kOmitted = Omitted();
  shown_.clear();
  converted_.clear();
  for (const Source& source : source_) {
    const Value* value = source.index < row.size() ? &row[source.index] : &kOmitted;
    const auto* time = source.unix_seconds ? std::get_if<Time>(value) : nullptr;
    if (time != nullptr) value = &converted_.emplace_back(to_unix(*time));
    shown_.push_back(value);
  }
}

std::string Writer::cell(const Value& value) const {
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  if (const auto* number = std::get_if<std::int64_t>(&value)) return fmt::format("{}", *number);
  if (const auto* flag = std::get_if<bool>(&value)) return *flag ? "true" : "false";
  if (const auto* json = std::get_if<JsonText>(&value)) return json->text;
  if (const auto* secret = std::get_if<const SecretString*>(&value)) {
    return std::string((*secret)->reveal());
  }
  if (const auto* list = std::get_if<std::vector<std::string>>(&value)) {
    std::string text;
    for (const std::string& item : *list) text += (text.empty() ? "" : " ") + item;
    return text;
  }
  if (const auto* time = std::get_if<Time>(&value)) {
    switch (context_.globals().time) {
      case TimeStyle::kUnix:
        return fmt::format("{}", to_unix(*time));
      case TimeStyle::kRelative:
        return format_relative(*time, context_.clock().now());
      case TimeStyle::kRfc3339:
        return format_rfc3339(*time);
    }
  }
  return {};
}

std::string Writer::table_cell(const Value& value) const {
  const std::string text = printable(cell(value));
  return text.empty() ? "-" : text;
}

void Writer::json_line() {
  line_.clear();
  append_json_object(line_, columns_, shown_);
  sink_.append(line_);
  wipe(line_.data(), line_.size());  // it may have held a credential
}

void Writer::object(const Row& row) {
  show(row);
  switch (format_) {
    case Format::kJson:
    case Format::kJsonl:
      json_line();
      sink_.append("\n");
      break;
    case Format::kTable:
      table_object();
      break;
    case Format::kCsv:
    case Format::kId:
    case Format::kRaw:
      this->row(row);
      break;
  }
}

void Writer::row(const Row& row) {
  show(row);
  switch (format_) {
    case Format::kJson:
      sink_.append(begun_ ? ",\n" : "{\"data\":[\n");
      json_line();
      break;
    case Format::kJsonl:
      json_line();
      sink_.append("\n");
      break;
    case Format::kTable: {
      std::vector<std::string> cells;
      for (std::size_t i = 0; i < shown_.size(); ++i) {
        if (columns_[i].in_table) cells.push_back(table_cell(*shown_[i]));
      }
      waiting_.push_back(std::move(cells));
      if (waiting_.size() == kTableRows) flush_table();
      break;
    }
    case Format::kCsv:
      if (!begun_) csv_names();
      csv_line();
      break;
    case Format::kId:
    case Format::kRaw:
      for (std::size_t i = 0; i < shown_.size(); ++i) {
        if (i > 0) sink_.append("\t");
        sink_.append(cell(*shown_[i]));
      }
      sink_.append("\n");
      break;
  }
  begun_ = true;
}

void Writer::end(const std::string& next_page) {
  switch (format_) {
    case Format::kJson:
      sink_.append(begun_ ? "\n],\"next_page\":" : "{\"data\":[],\"next_page\":");
      sink_.append(next_page.empty() ? "null" : json_string(next_page));
      sink_.append("}\n");
      return;
    case Format::kTable:
      flush_table();
      break;
    case Format::kCsv:
      if (!begun_) csv_names();
      break;
    default:
      break;
  }
  if (!next_page.empty()) context_.note("there is more: --page-token " + next_page);
}

void Writer::table_object() {
  std::size_t width = 0;
  for (const Column& column : columns_) width = std::max(width, column.name.size());
  const bool color = use_color(context_.globals().color, STDOUT_FILENO);
  for (std::size_t i = 0; i < shown_.size(); ++i) {
    const std::string value = table_cell(*shown_[i]);
    if (context_.globals().no_headers) {
      sink_.append(value + "\n");
    } else {
      sink_.append(fmt::format("{}{:{}}{}  {}\n", color ? "\x1b[1m" : "", columns_[i].name, width,
                               color ? "\x1b[m" : "", value));
    }
  }
}

void Writer::flush_table() {
  if (waiting_.empty()) return;
  const bool first = widths_.empty();
  std::vector<std::string> names;
  for (const Column& column : columns_) {
    if (column.in_table) names.push_back(column.name);
  }
  widths_.resize(names.size());
  const bool headed = first && !context_.globals().no_headers;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (headed) widths_[i] = std::max(widths_[i], names[i].size());
    for (const auto& cells : waiting_) widths_[i] = std::max(widths_[i], display_width(cells[i]));
  }
  if (headed) table_line(names, true);
  for (const auto& cells : waiting_) table_line(cells, false);
  waiting_.clear();
}

void Writer::table_line(const std::vector<std::string>& cells, bool heading) {
  const bool color = heading && use_color(context_.globals().color, STDOUT_FILENO);
  std::string line;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    line += cells[i];
    if (i + 1 < cells.size()) line.append(widths_[i] - display_width(cells[i]) + 2, ' ');
  }
  sink_.append(color ? fmt::format("\x1b[1m{}\x1b[m\n", line) : line + "\n");
}

void Writer::csv_names() {
  if (context_.globals().no_headers) return;
  std::string names;
  for (const Column& column : columns_) names += (names.empty() ? "" : ",") + column.name;
  sink_.append(names + "\r\n");
}

void Writer::csv_line() {
  for (std::size_t i = 0; i < shown_.size(); ++i) {
    if (i > 0) sink_.append(",");
    // An absent value is nothing at all, an empty one is "".
    if (!absent(*shown_[i])) sink_.append(csv_cell(cell(*shown_[i])));
  }
  sink_.append("\r\n");
}

}  // namespace tokctl::cli
