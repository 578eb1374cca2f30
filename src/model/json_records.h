// JSON objects one after another, read one at a time: a line each (JSON Lines), or the elements of
// one array.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/secret.h"
#include "model/text_input.h"

namespace tokctl {

inline constexpr std::size_t kJsonRecordMax = 64U << 10;  // bytes of one

// What is wrong with a record before its JSON is even looked at.
enum class JsonFault {
  kTooLong,        // more than kJsonRecordMax bytes
  kBrokenString,   // a string of an array's element runs over the end of its line
  kUnclosedArray,  // the file ends inside the array
  kTrailingText,   // something follows the array
};
std::string_view to_text(JsonFault fault);  // in words: "the record is too long"

struct JsonRecord {
  std::int64_t line = 0;  // where it begins
  std::string_view text;  // valid until the next record is read; not yet known to be JSON
  std::optional<JsonFault> fault;
};

// A file whose first character is `[` holds one array, in whatever layout; any other has a record
// on each line that is not blank. A line that is broken therefore fails alone.
class JsonRecordReader {
 public:
  explicit JsonRecordReader(ReadBytes read);

  // False at the end.
  bool next(JsonRecord& record);

  std::int64_t bytes() const { return input_.bytes(); }

 private:
  enum class Layout { kUnknown, kLines, kArray, kDone };
  bool next_line(JsonRecord& record);
  bool next_element(JsonRecord& record);
  void keep(JsonRecord& record, int byte);
  void skip_space();

  TextInput input_;
  SecretString text_;
  std::size_t size_ = 0;
  Layout layout_ = Layout::kUnknown;
  bool first_element_ = true;
};

}  // namespace tokctl
