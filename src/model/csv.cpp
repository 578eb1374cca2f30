#include "model/csv.h"

#include <utility>

namespace tokctl {

std::string_view to_text(CsvFault fault) {
  switch (fault) {
    case CsvFault::kStrayQuote:
      return "a quote stands inside a field";
    case CsvFault::kUnclosedQuote:
      return "a quote is never closed";
    case CsvFault::kStrayReturn:
      return "a carriage return stands inside a field";
    case CsvFault::kTooLong:
      return "the record is too long";
    case CsvFault::kTooManyFields:
      return "the record has too many fields";
  }
  return "";
}

CsvReader::CsvReader(ReadBytes read)
    : input_(std::move(read)), text_(SecretString::of_size(kCsvRecordMax)) {}

bool CsvReader::next(CsvRecord& record) {
  do {
    if (input_.peek() == TextInput::kEnd) return false;
    record.line = input_.line();
    record.fields.clear();
    record.fault.reset();
    size_ = 0;
    After after = After::kField;
    while (after == After::kField) {
      begin_ = size_;
      after = input_.peek() == '"' ? read_quoted(record) : read_unquoted(record);
    }
    if (record.fault) record.fields.clear();
  } while (record.fields.size() == 1 && record.fields.front().empty());
  return true;
}

CsvReader::After CsvReader::read_quoted(CsvRecord& record) {
  input_.get();
  for (;;) {
    const int byte = input_.get();
    if (byte == TextInput::kEnd) return fail(record, CsvFault::kUnclosedQuote);
    if (byte == '"') {
      if (input_.peek() != '"') break;
      input_.get();
    }
    keep(record, byte);
  }
  return end_field(record);
}

CsvReader::After CsvReader::read_unquoted(CsvRecord& record) {
  for (;;) {
    const int byte = input_.peek();
    if (byte == ',' || byte == '\r' || byte == '\n' || byte == '"' || byte == TextInput::kEnd) {
      return end_field(record);
    }
    keep(record, input_.get());
  }
}

CsvReader::After CsvReader::end_field(CsvRecord& record) {
  const int byte = input_.get();
  if (byte == '\r' && input_.get() != '\n') return fail(record, CsvFault::kStrayReturn);
  const bool more = byte == ',';
  if (!more && byte != '\r' && byte != '\n' && byte != TextInput::kEnd) {
    return fail(record, CsvFault::kStrayQuote);
  }
  if (record.fault) return more ? After::kField : After::kRecord;
  if (record.fields.size() == kCsvFieldsMax) {
    record.fault = CsvFault::kTooManyFields;
  } else {
    record.fields.push_back(text_.reveal().substr(begin_, size_ - begin_));
  }
  return more ? After::kField : After::kRecord;
}

// Nothing tells any more where the fields of this record end; the line does.
CsvReader::After CsvReader::fail(CsvRecord& record, CsvFault fault) {
  record.fault = fault;
  while (input_.peek() != TextInput::kEnd && input_.get() != '\n') continue;
  return After::kRecord;
}

void CsvReader::keep(CsvRecord& record, int byte) {
  if (record.fault) return;
  if (size_ == text_.size()) {
    record.fault = CsvFault::kTooLong;
  } else {
    text_.fill()[size_++] = static_cast<char>(byte);
  }
}

void append_csv_field(std::string& line, std::string_view field) {
  if (field.find_first_of(",\"\r\n") == std::string_view::npos) {
    line += field;
    return;
  }
  line += '"';
  for (const char c : field) {
    if (c == '"') line += '"';
    line += c;
  }
  line += '"';
}

}  // namespace tokctl
