#include "model/json_records.h"

#include <utility>

namespace tokctl {
namespace {

// RFC 8259 §2.
bool is_space(int byte) { return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n'; }

}  // namespace

std::string_view to_text(JsonFault fault) {
  switch (fault) {
    case JsonFault::kTooLong:
      return "the record is too long";
    case JsonFault::kBrokenString:
      return "a string is not closed on its line";
    case JsonFault::kUnclosedArray:
      return "the array is never closed";
    case JsonFault::kTrailingText:
      return "text follows the end of the array";
  }
  return "";
}

JsonRecordReader::JsonRecordReader(ReadBytes read)
    : input_(std::move(read)), text_(SecretString::of_size(kJsonRecordMax)) {}

bool JsonRecordReader::next(JsonRecord& record) {
  skip_space();
  if (layout_ == Layout::kUnknown) {
    layout_ = input_.peek() == '[' ? Layout::kArray : Layout::kLines;
    if (layout_ == Layout::kArray) input_.get();
    skip_space();
  }
  record = {};
  record.line = input_.line();
  size_ = 0;
  if (layout_ == Layout::kDone) {
    if (input_.peek() == TextInput::kEnd) return false;
    while (input_.get() != TextInput::kEnd) continue;
    record.fault = JsonFault::kTrailingText;
    return true;
  }
  return layout_ == Layout::kArray ? next_element(record) : next_line(record);
}

bool JsonRecordReader::next_line(JsonRecord& record) {
  if (input_.peek() == TextInput::kEnd) return false;
  for (int byte = input_.get(); byte != '\n' && byte != TextInput::kEnd; byte = input_.get()) {
    keep(record, byte);
  }
  record.text = text_.reveal().substr(0, size_);
  return true;
}

// An element reaches to the comma or bracket that is inside no other bracket and no string.
bool JsonRecordReader::next_element(JsonRecord& record) {
  int depth = 0;
  bool quoted = false;
  for (;;) {
    const int byte = input_.get();
    if (byte == TextInput::kEnd) {
      record.fault = JsonFault::kUnclosedArray;
      layout_ = Layout::kDone;
      break;
    }
    if (quoted) {
      if (byte == '"' || byte == '\n') quoted = false;
      if (byte == '\n') record.fault = JsonFault::kBrokenString;
      keep(record, byte);
      if (byte == '\\' && input_.peek() != '\n') keep(record, input_.get());
      continue;
    }
    if (depth == 0 && byte == ',') break;
    if (depth == 0 && byte == ']') {
      layout_ = Layout::kDone;
      if (first_element_ && size_ == 0) return next(record);  // []
      break;
    }
    if (byte == '"') quoted = true;
    if (byte == '{' || byte == '[') ++depth;
    if ((byte == '}' || byte == ']') && depth > 0) --depth;
    keep(record, byte);
  }
  first_element_ = false;
  record.text = text_.reveal().substr(0, size_);
  return true;
}

void JsonRecordReader::keep(JsonRecord& record, int byte) {
  if (byte == TextInput::kEnd || record.fault) return;
  if (size_ == text_.size()) {
    record.fault = JsonFault::kTooLong;
  } else {
    text_.fill()[size_++] = static_cast<char>(byte);
  }
}

void JsonRecordReader::skip_space() {
  while (is_space(input_.peek())) input_.get();
}

}  // namespace tokctl
