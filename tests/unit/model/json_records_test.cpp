#include "model/json_records.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "support/text_source.h"

namespace tokctl {
namespace {

using test::text_source;

// Each record as "line: text" or "line! fault".
std::vector<std::string> read_all(const std::string& text, std::size_t piece = 1U << 20) {
  JsonRecordReader reader(text_source(text, piece));
  JsonRecord record;
  std::vector<std::string> all;
  while (reader.next(record)) {
    const std::string line = std::to_string(record.line);
    all.push_back(record.fault ? line + "! " + std::string(to_text(*record.fault))
                               : line + ": " + std::string(record.text));
  }
  CHECK(reader.bytes() == static_cast<std::int64_t>(text.size()));
  return all;
}
using Records = std::vector<std::string>;

TEST_CASE("json records: a line each") {
  CHECK(read_all("").empty());
  CHECK(read_all(" \n\r\n\t").empty());
  CHECK(read_all("{\"a\":1}\n{\"a\":2}") == Records{"1: {\"a\":1}", "2: {\"a\":2}"});
  CHECK(read_all("\n  {\"a\":1}\r\n\n{\"a\":2}\n") == Records{"2: {\"a\":1}\r", "4: {\"a\":2}"});
  CHECK(read_all("{\"a\":\n{\"b\":1}\n") == Records{"1: {\"a\":", "2: {\"b\":1}"});
  CHECK(read_all("\xEF\xBB\xBF{}\n") == Records{"1: {}"});
}

TEST_CASE("json records: the elements of an array in any layout") {
  CHECK(read_all("[]").empty());
  CHECK(read_all(" [ \n ] \n").empty());
  CHECK(read_all("[{\"a\":1},\n{\"a\":2}]\n") == Records{"1: {\"a\":1}", "2: {\"a\":2}"});
  CHECK(read_all("[\n{\n\"a\": [1,2]\n},\n3]") == Records{"2: {\n\"a\": [1,2]\n}", "5: 3"});
  CHECK(read_all("[{\"a\":\"],}\\\"[\"},{}]") == Records{"1: {\"a\":\"],}\\\"[\"}", "1: {}"});
}

TEST_CASE("json records: a broken array") {
  CHECK(read_all("[{},\n{\"a\":1") == Records{"1: {}", "2! the array is never closed"});
  CHECK(read_all("[") == Records{"1! the array is never closed"});
  CHECK(read_all("[{}]\n{}") == Records{"1: {}", "2! text follows the end of the array"});
  CHECK(read_all("[{},]") == Records{"1: {}", "1: "});
  CHECK(read_all("[,]") == Records{"1: ", "1: "});
  CHECK(read_all("[{\"a\":\"x\n},{\"b\":1}]") ==
        Records{"1! a string is not closed on its line", "2: {\"b\":1}"});
}

TEST_CASE("json records: a record is bounded") {
  const std::string fits(kJsonRecordMax, 'x');
  CHECK(read_all(fits + "\n{}\n") == Records{"1: " + fits, "2: {}"});
  CHECK(read_all(fits + "x\n{}\n") == Records{"1! the record is too long", "2: {}"});
  CHECK(read_all("[\"" + fits + ",{\",{}]") == Records{"1! the record is too long", "1: {}"});
}

TEST_CASE("json records: how a file arrives in pieces makes no difference") {
  const std::string text = "\xEF\xBB\xBF [{\"a\":\"\\\\\"},\n{\"b\":[{}]}\n, 7 ] x";
  const auto whole = read_all(text);
  CHECK(whole.size() == 4);
  for (std::size_t piece = 1; piece < text.size(); ++piece) CHECK(read_all(text, piece) == whole);
}

}  // namespace
}  // namespace tokctl
