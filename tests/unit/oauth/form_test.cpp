#include "oauth/form.h"

#include <catch2/catch.hpp>
#include <string>

namespace tokctl::oauth {
namespace {

TEST_CASE("oauth form: what is not unreserved is escaped") {
  CHECK(percent_encode("aZ9-._~").reveal() == "aZ9-._~");
  CHECK(percent_encode("a b&c=d+e/f\u00e9").reveal() == "a%20b%26c%3Dd%2Be%2Ff%C3%A9");
  CHECK(percent_encode("").empty());
  Form form;
  CHECK(form.text().empty());
  form.add("grant_type", "refresh_token").add("a=b", "c&d");
  CHECK(form.text().reveal() == "grant_type=refresh_token&a%3Db=c%26d");
  CHECK(with_query("https://a/b", form) == "https://a/b?grant_type=refresh_token&a%3Db=c%26d");
  CHECK(with_query("https://a/b?x=1", Form().add("y", "2")) == "https://a/b?x=1&y=2");
}

TEST_CASE("oauth form: reading gives back what was written") {
  std::string all;
  for (int c = 0x20; c < 0x7f; ++c) all += static_cast<char>(c);
  all += "\u00e9\U0001F511";
  const auto fields = parse_form(Form().add(all, all).add("b", "").text().reveal());
  REQUIRE(fields);
  CHECK(fields->size() == 2);
  CHECK(fields->at(all) == all);
  CHECK(fields->at("b").empty());
  CHECK(parse_form("a=1+2&&b")->at("a") == "1 2");
  CHECK(parse_form("a=tab%09%7f")->at("a") == "tab\t\x7f");  // as a password may have it
  CHECK(parse_form("")->empty());
}

TEST_CASE("oauth form: what two readers could take for two things is refused") {
  for (const char* text : {"a=1&a=2", "a=%", "a=%1", "a=%zz", "%=1", "a=%ff", "a=%00"}) {
    INFO(text);
    CHECK_FALSE(parse_form(text));
  }
}

}  // namespace
}  // namespace tokctl::oauth
