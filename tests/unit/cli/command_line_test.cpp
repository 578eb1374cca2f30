#include "cli/command_line.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "base/error.h"

namespace tokctl::cli {
namespace {

CommandLine everything() {
  return CommandLine([](std::string_view) { return true; });
}

std::string refused(const std::vector<std::string>& words) {
  auto line = everything();
  try {
    line.parse(words);
  } catch (const Error& error) {
    CHECK(error.code() == Code::kUsage);
    CHECK_FALSE(error.hint().empty());
    return error.id();
  }
  return "";
}

TEST_CASE("a command line is understood without running anything") {
  auto line = everything();
  const auto chosen = line.parse({"-qo", "csv", "user", "disable", "--dry-run", "a@example.com"});
  CHECK(chosen.action);
  CHECK(chosen.recorded);
  CHECK(chosen.dry_run);
  CHECK(line.globals().quiet);
  CHECK(line.globals().format == Format::kCsv);
}

TEST_CASE("reading is not recorded") {
  auto line = everything();
  CHECK_FALSE(line.parse({"user", "get", "a@example.com"}).recorded);
}

TEST_CASE("only what the words name is built") {
  CommandLine line([](std::string_view name) { return name == "user" || name == "get"; });
  CHECK(line.parse({"user", "get", "a@example.com"}).action);
  CHECK_THROWS_AS(line.parse({"token", "list"}), Error);
}

TEST_CASE("what a forgiving parser would guess is refused") {
  CHECK(refused({"user", "list", "--limit=", "5"}) == "usage.value_missing");
  CHECK(refused({"user", "list", "--limit", "--sort", "email"}) == "usage.value_missing");
  CHECK(refused({"user", "list", "++"}) == "usage.argument");
  CHECK(refused({"user", "list", "--yes=false"}) == "usage.value");
  CHECK(refused({"user", "list", "--filt", "a=b"}) == "usage.option");
  CHECK(refused({"user", "list", "--no-yes"}) == "usage.option");
  CHECK(refused({"user", "list", "-1"}) == "usage.option");
  CHECK(refused({"user", "list", "/limit:1"}) == "usage.argument");
  CHECK(refused({"user", "list", "user", "list"}) == "usage.argument");
  CHECK(refused({"user", "get", "a", "--", "b"}) == "usage.argument");
  CHECK(refused({"user", "list", "--", "--limit"}) == "usage.argument");
  CHECK(refused({"--limit", "1", "user", "list"}) == "usage.option");
  CHECK(refused({"user", "-o"}) == "usage.value_missing");
  CHECK(refused({"user", "list", "--limit", "99999999999999999999"}) == "usage.number");
}

TEST_CASE("a value may look like anything when it is joined or after --") {
  auto line = everything();
  CHECK(line.parse({"user", "update", "--name=--name", "--", "-"}).action);
}

TEST_CASE("whole numbers are decimal digits and nothing else") {
  CHECK(parse_whole_number("0") == 0);
  CHECK(parse_whole_number("-1") == -1);
  CHECK(parse_whole_number("9223372036854775807") == INT64_MAX);
  for (const char* text :
       {"", "-", "+1", "01", "-01", "1e9", "0x1", " 1", "1 ", "1.0", "--1", "9223372036854775808"})
    CHECK_FALSE(parse_whole_number(text));
}

}  // namespace
}  // namespace tokctl::cli
