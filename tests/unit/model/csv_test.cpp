#include "model/csv.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "support/text_source.h"

namespace tokctl {
namespace {

using test::text_source;

// A record as a test writes it down: its line, then its fields or the words for its fault.
struct Read {
  std::int64_t line;
  std::vector<std::string> fields;
  bool operator==(const Read&) const = default;
};

std::ostream& operator<<(std::ostream& out, const Read& read) {
  out << read.line << ':';
  for (const auto& field : read.fields) out << " [" << field << ']';
  return out;
}

std::vector<Read> read_all(const std::string& text, std::size_t piece = 1U << 20) {
  CsvReader reader(text_source(text, piece));
  CsvRecord record;
  std::vector<Read> all;
  while (reader.next(record)) {
    Read& read = all.emplace_back(Read{record.line, {}});
    for (const auto field : record.fields) read.fields.emplace_back(field);
    if (record.fault) read.fields.emplace_back(to_text(*record.fault));
  }
  CHECK(reader.bytes() == static_cast<std::int64_t>(text.size()));
  return all;
}

const std::string kStray = "a quote stands inside a field";
const std::string kUnclosed = "a quote is never closed";
const std::string kReturn = "a carriage return stands inside a field";

TEST_CASE("csv: plain records, with every line end and with none at the end") {
  const std::vector<Read> expected{{1, {"a", "b"}}, {2, {"c", ""}}, {3, {"", "d"}}};
  CHECK(read_all("a,b\nc,\n,d\n") == expected);
  CHECK(read_all("a,b\r\nc,\r\n,d\r\n") == expected);
  CHECK(read_all("a,b\r\nc,\n,d") == expected);
}

TEST_CASE("csv: quoted fields hold commas, quotes and line ends") {
  CHECK(read_all("\"a,b\",\"c\"\"d\"\n") == std::vector<Read>{{1, {"a,b", "c\"d"}}});
  CHECK(read_all("\"a\nb\r\nc\",d\ne,f\n") ==
        std::vector<Read>{{1, {"a\nb\r\nc", "d"}}, {4, {"e", "f"}}});
  CHECK(read_all("\"\",\"\"\n") == std::vector<Read>{{1, {"", ""}}});
  CHECK(read_all("\"\"\"\",x") == std::vector<Read>{{1, {"\"", "x"}}});
}

TEST_CASE("csv: empty lines are no records, and still count") {
  CHECK(read_all("").empty());
  CHECK(read_all("\n\r\n\n").empty());
  CHECK(read_all("\n\na,b\n\nc,d\n") == std::vector<Read>{{3, {"a", "b"}}, {5, {"c", "d"}}});
}

TEST_CASE("csv: a byte order mark is passed over at the start and nowhere else") {
  CHECK(read_all("\xEF\xBB\xBF"
                 "a,b\n") == std::vector<Read>{{1, {"a", "b"}}});
  CHECK(read_all("\xEF\xBB\xBF").empty());
  CHECK(read_all("\xEF\xBB"
                 "a,b") == std::vector<Read>{{1,
                                              {"\xEF\xBB"
                                               "a",
                                               "b"}}});
  CHECK(read_all("a,b\n\xEF\xBB\xBF"
                 "c,d") == std::vector<Read>{{1, {"a", "b"}},
                                             {2,
                                              {"\xEF\xBB\xBF"
                                               "c",
                                               "d"}}});
}

TEST_CASE("csv: a broken line fails alone") {
  CHECK(read_all("a\"b,c\nd,e\n") == std::vector<Read>{{1, {kStray}}, {2, {"d", "e"}}});
  CHECK(read_all("\"a\"b,c\nd,e\n") == std::vector<Read>{{1, {kStray}}, {2, {"d", "e"}}});
  CHECK(read_all("a, \"b\"\nd,e\n") == std::vector<Read>{{1, {kStray}}, {2, {"d", "e"}}});
  CHECK(read_all("a\rb,c\nd,e\n") == std::vector<Read>{{1, {kReturn}}, {2, {"d", "e"}}});
  CHECK(read_all("\"a\"\rb\nd,e") == std::vector<Read>{{1, {kReturn}}, {2, {"d", "e"}}});
  CHECK(read_all("a,b\r") == std::vector<Read>{{1, {kReturn}}});
  CHECK(read_all("a,\"x\ny\"z\nd,e\n") == std::vector<Read>{{1, {kStray}}, {3, {"d", "e"}}});
}

TEST_CASE("csv: an unclosed quote is told where its record begins") {
  CHECK(read_all("a,b\nc,\"d\ne,f\n") == std::vector<Read>{{1, {"a", "b"}}, {2, {kUnclosed}}});
  CHECK(read_all("\"") == std::vector<Read>{{1, {kUnclosed}}});
  CHECK(read_all("a,\"b\"\"") == std::vector<Read>{{1, {kUnclosed}}});
}

TEST_CASE("csv: a record is bounded, and no part of one too long becomes another") {
  const std::string fits(kCsvRecordMax - 1, 'x');
  CHECK(read_all(fits + ",y\n") == std::vector<Read>{{1, {fits, "y"}}});
  CHECK(read_all(fits + ",yz\na,b\n") ==
        std::vector<Read>{{1, {"the record is too long"}}, {2, {"a", "b"}}});

  const std::string smuggled = "\"" + fits + "xx\nevil@example.com,Evil\n\",z\na,b\n";
  CHECK(read_all(smuggled) == std::vector<Read>{{1, {"the record is too long"}}, {4, {"a", "b"}}});
}

TEST_CASE("csv: a record has a bounded number of fields") {
  const std::string most(kCsvFieldsMax - 1, ',');
  CHECK(read_all(most + "\n").front().fields.size() == kCsvFieldsMax);
  CHECK(read_all(most + ",\na,b\n") ==
        std::vector<Read>{{1, {"the record has too many fields"}}, {2, {"a", "b"}}});
}

TEST_CASE("csv: bytes are bytes") {
  const std::string bytes("\0\x01\x7F\x80\xFF", 5);
  CHECK(read_all(bytes + ",b\n") == std::vector<Read>{{1, {bytes, "b"}}});
}

TEST_CASE("csv: how a file arrives in pieces makes no difference") {
  const std::string text =
      "\xEF\xBB\xBF"
      "a,\"b\r\n\"\"c\"\"\"\r\n\r\nd\"e\r\n\"f\",\"\"\r\ng,\"h";
  const auto whole = read_all(text);
  CHECK(whole.size() == 4);
  for (std::size_t piece = 1; piece < text.size(); ++piece) CHECK(read_all(text, piece) == whole);
}

TEST_CASE("csv: what is written reads back") {
  const std::vector<std::string> fields{"plain", "",       "a,b",  "say \"hi\"", "two\nlines",
                                        "cr\r",  " space", "\"\"", "'; DROP"};
  std::string line;
  for (const auto& field : fields) {
    if (!line.empty()) line += ',';
    append_csv_field(line, field);
  }
  CHECK(read_all(line + "\n") == std::vector<Read>{{1, fields}});

  std::string plain;
  append_csv_field(plain, "Zoë, \"Z\"");
  CHECK(plain == "\"Zoë, \"\"Z\"\"\"");
}

}  // namespace
}  // namespace tokctl
