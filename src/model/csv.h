// Comma-separated values as RFC 4180 has them: read strictly, one record at a time, and written the
// same way.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/secret.h"
#include "model/text_input.h"

namespace tokctl {

inline constexpr std::size_t kCsvRecordMax = 64U << 10;  // bytes in the fields of a record
inline constexpr std::size_t kCsvFieldsMax = 64;

// What is wrong with a record.
enum class CsvFault {
  kStrayQuote,     // a quote inside an unquoted field, or text after the closing one
  kUnclosedQuote,  // the file ends inside a quoted field
  kStrayReturn,    // a carriage return that no line feed follows, outside quotes
  kTooLong,        // more than kCsvRecordMax bytes
  kTooManyFields,
};
std::string_view to_text(CsvFault fault);  // in words: "a quote is never closed"

struct CsvRecord {
  std::int64_t line = 0;                 // where it begins
  std::vector<std::string_view> fields;  // valid until the next record is read
  std::optional<CsvFault> fault;         // then there are no fields
};

// Lines end in CRLF or LF, the last one perhaps in nothing; records of one empty field, such as
// empty lines, are passed over. A quoted field may hold commas, doubled quotes and line ends. Text
// is bytes: whether it is UTF-8 is for whoever knows what a field means.
//
// After a fault, reading goes on behind the record. A record that is merely too long is still
// followed to its end, quotes and all: were its tail read as lines of their own, a long name could
// smuggle in a user.
class CsvReader {
 public:
  explicit CsvReader(ReadBytes read);

  // False at the end.
  bool next(CsvRecord& record);

  std::int64_t bytes() const { return input_.bytes(); }

 private:
  enum class After { kField, kRecord };  // what comes next
  After read_quoted(CsvRecord& record);
  After read_unquoted(CsvRecord& record);
  After end_field(CsvRecord& record);
  After fail(CsvRecord& record, CsvFault fault);
  void keep(CsvRecord& record, int byte);

  TextInput input_;
  SecretString text_;      // the record's fields in a row; never grows, so no copy stays behind
  std::size_t size_ = 0;   // used of it
  std::size_t begin_ = 0;  // of the current field
};

// Appends a field, quoted if it must be. The caller writes the commas and line ends.
void append_csv_field(std::string& line, std::string_view field);

}  // namespace tokctl
