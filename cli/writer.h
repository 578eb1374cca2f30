// Prints what a command found, in the shape that was asked for.
#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/context.h"
#include "cli/format.h"
#include "cli/json.h"
#include "cli/record.h"

namespace tokctl::cli {

// One object, or the rows of one list. Make it before the work begins: a field that does not exist
// is then refused before anything has changed.
class Writer {
 public:
  // `unasked` is the format without -o. `sink` defaults to standard output. Throws Error(kUsage,
  // "usage.field").
  Writer(Context& context, const Schema& schema, Format unasked);
  Writer(Context& context, const Schema& schema, Format unasked, Sink& sink);

  Format format() const { return format_; }

  // The only object: no envelope.
  void object(const Row& row);

  // Rows in constant memory, then the end, with the token of the page after, if there is one.
  void row(const Row& row);
  void end(const std::string& next_page = {});

 private:
  void choose(const Schema& schema);
  void show(const Row& row);
  void json_line();
  std::string cell(const Value& value) const;
  std::string table_cell(const Value& value) const;
  void table_object();
  void flush_table();
  void table_line(const std::vector<std::string>& cells, bool heading);
  void csv_names();
  void csv_line();

  Context& context_;
  Sink& sink_;
  Format format_;
  struct Source {
    std::size_t index;  // in a row
    bool unix_seconds;  // of a time
  };
  std::vector<Column> columns_;  // those shown
  std::vector<Source> source_;   // where each comes from
  Shown shown_;                  // of the row at hand
  std::deque<Value> converted_;
  std::string line_;
  bool begun_ = false;
  std::vector<std::vector<std::string>> waiting_;  // rows of a table until widths are known
  std::vector<std::size_t> widths_;
};

}  // namespace tokctl::cli
