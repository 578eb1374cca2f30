// The reader is total and bounded, does not depend on how a file arrives, and reads back what is
// written from what it read.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <vector>

#include "model/csv.h"
#include "support/text_source.h"

namespace {

using Fields = std::vector<std::string>;

void require(bool condition) {
  if (!condition) std::abort();
}

struct Read {
  std::int64_t line;
  Fields fields;
  std::optional<tokctl::CsvFault> fault;
  bool operator==(const Read&) const = default;
};

std::vector<Read> read_all(const std::string& text, std::size_t piece) {
  tokctl::CsvReader reader(tokctl::test::text_source(text, piece));
  tokctl::CsvRecord record;
  std::vector<Read> all;
  std::int64_t line = 0;
  while (reader.next(record)) {
    require(record.line > line);
    line = record.line;
    require(!record.fault || record.fields.empty());
    require(record.fields.size() <= tokctl::kCsvFieldsMax);
    all.push_back({line, {record.fields.begin(), record.fields.end()}, record.fault});
  }
  require(reader.bytes() == static_cast<std::int64_t>(text.size()));
  return all;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto whole = read_all(text, size + 1);
  require(read_all(text, 1) == whole);
  require(read_all(text, 7) == whole);

  std::string written = "#\n";  // a byte order mark in the first field stays where it is
  std::vector<Fields> expected{{"#"}};
  for (const Read& read : whole) {
    if (read.fault) continue;
    expected.push_back(read.fields);
    for (std::size_t i = 0; i < read.fields.size(); ++i) {
      if (i > 0) written += ',';
      tokctl::append_csv_field(written, read.fields[i]);
    }
    written += "\r\n";
  }
  std::vector<Fields> again;
  for (Read& read : read_all(written, 64)) again.push_back(std::move(read.fields));
  require(again == expected);
  return 0;
}
