#include "base/utf8.h"

#include <catch2/catch.hpp>
#include <string>

namespace tokctl {
namespace {

std::string encode(char32_t code) {
  const auto byte = [](char32_t value) { return static_cast<char>(value); };
  if (code < 0x80) return {byte(code)};
  if (code < 0x800) return {byte(0xC0 | code >> 6), byte(0x80 | (code & 0x3F))};
  if (code < 0x10000) {
    return {byte(0xE0 | code >> 12), byte(0x80 | (code >> 6 & 0x3F)), byte(0x80 | (code & 0x3F))};
  }
  return {byte(0xF0 | code >> 18), byte(0x80 | (code >> 12 & 0x3F)),
          byte(0x80 | (code >> 6 & 0x3F)), byte(0x80 | (code & 0x3F))};
}

TEST_CASE("every code point is one character, every surrogate is none") {
  int wrong = 0;
  for (char32_t code = 0; code <= 0x10FFFF; ++code) {
    const std::string text = encode(code);
    std::string_view rest = text;
    const bool surrogate = code >= 0xD800 && code <= 0xDFFF;
    const auto taken = take_code_point(rest);
    wrong += taken.has_value() == surrogate || (taken && (*taken != code || !rest.empty()));
    wrong += utf8_length(text).has_value() == surrogate;
  }
  CHECK(wrong == 0);
}

TEST_CASE("of all texts of two bytes, those of RFC 3629 are well-formed") {
  int one = 0;
  int two = 0;
  for (int high = 0; high < 256; ++high) {
    for (int low = 0; low < 256; ++low) {
      const auto length = utf8_length(std::string{static_cast<char>(high), static_cast<char>(low)});
      one += length == 1U;
      two += length == 2U;
    }
  }
  CHECK(one == 0x800 - 0x80);
  CHECK(two == 128 * 128);
}

TEST_CASE("malformed UTF-8 has no length") {
  for (const char* text : {"\x80",
                           "\xBF",
                           "\xC0\x80",
                           "\xC1\xBF",
                           "\xC3",
                           "\xC3(",
                           "\xE0\x80\x80",
                           "\xE0\x9F\xBF",
                           "\xE2\x82",
                           "\xE2\x28\xA1",
                           "\xED\xA0\x80",
                           "\xED\xBF\xBF",
                           "\xF0\x80\x80\x80",
                           "\xF0\x8F\xBF\xBF",
                           "\xF0\x9F\x98",
                           "\xF4\x90\x80\x80",
                           "\xF5\x80\x80\x80",
                           "\xF8\x88\x80\x80\x80",
                           "\xFE",
                           "\xFF",
                           "ab\xFF",
                           "\xFF"
                           "ab"}) {
    CAPTURE(text);
    CHECK_FALSE(utf8_length(text));
  }
}

TEST_CASE("after a malformed byte, reading goes on with the next one") {
  std::string_view text = "\xE2\x82z";
  CHECK_FALSE(take_code_point(text));
  CHECK_FALSE(take_code_point(text));
  CHECK(take_code_point(text) == U'z');
  CHECK(text.empty());
}

TEST_CASE("length counts characters") {
  CHECK(utf8_length("") == 0U);
  CHECK(utf8_length(std::string_view("a\0b", 3)) == 3U);
  CHECK(utf8_length("na\u00EFve") == 5U);
  CHECK(utf8_length("\U0001F600") == 1U);
}

TEST_CASE("controls are C0, DEL and C1") {
  CHECK(has_control(std::string_view("\0", 1)));
  CHECK(has_control("\x1F"));
  CHECK(has_control("a\n"));
  CHECK(has_control("\x7F"));
  CHECK(has_control("\u0080"));
  CHECK(has_control("\u009F"));
  CHECK_FALSE(has_control(""));
  CHECK_FALSE(has_control(" ~\u00A0\u2028"));
  CHECK_FALSE(has_control("\xF0\x9F\x98\x80"));  // has bytes of C1's values, but not its characters
}

TEST_CASE("white space is Unicode's") {
  int count = 0;
  for (char32_t code = 0; code <= 0x10FFFF; ++code) count += is_white_space(code);
  CHECK(count == 25);  // PropList.txt: "Total code points: 25"
  for (const char32_t code : {U' ', U'\t', U'\r', U'\u00A0', U'\u2003', U'\u3000'}) {
    CHECK(is_white_space(code));
  }
  CHECK_FALSE(is_white_space(U'\u200B'));
}

TEST_CASE("what is printable stays on its line") {
  CHECK(printable("plain") == "plain");
  CHECK(printable("na\u00EFve \U0001F600 \u05D0") == "na\u00EFve \U0001F600 \u05D0");
  CHECK(printable("a\nb\tc\x1b[2J") == "a\\x0ab\\x09c\\x1b[2J");
  CHECK(printable(std::string_view("\0", 1)) == "\\x00");
  CHECK(printable("\x7F") == "\\x7f");
  CHECK(printable("\u009B") == "\\xc2\\x9b");  // C1's CSI
  CHECK(printable("\\x0a") == "\\\\x0a");      // so that an escape cannot be forged
  CHECK(printable("\xFF\xC3(") == "\\xff\\xc3(");
  CHECK(printable("\u202Eexe.txt") == "\\u{202e}exe.txt");
  CHECK(printable("\u2066\u2069\u200F\u061C") == "\\u{2066}\\u{2069}\\u{200f}\\u{061c}");
  CHECK(printable("\u2028\u2029") == "\\u{2028}\\u{2029}");
}

TEST_CASE("what printable returns needs no second treatment but for its backslashes") {
  for (char32_t code = 0; code <= 0x10FFFF; code += 7) {
    const std::string shown = printable(encode(code));
    if (!utf8_length(shown) || has_control(shown)) FAIL("code point " << std::uint32_t{code});
  }
}

TEST_CASE("only A to Z are lowercased") {
  CHECK(ascii_lower("AZaz09@[`{") == "azaz09@[`{");
  CHECK(ascii_lower("\u00C4\u0130I") == "\u00C4\u0130i");
  CHECK(ascii_lower(std::string_view("A\0B", 3)) == std::string_view("a\0b", 3));
}

TEST_CASE("width is in terminal cells") {
  CHECK(display_width("") == 0);
  CHECK(display_width("abc") == 3);
  CHECK(display_width("\u00E9") == 1);
  CHECK(display_width("e\u0301") == 1);
  CHECK(display_width("\u6F22\u5B57") == 4);
  CHECK(display_width("\uAC00") == 2);
  CHECK(display_width("\uFF21") == 2);
  CHECK(display_width("\U0001F600") == 2);
  CHECK(display_width("\u2764\uFE0F") == 1);
  CHECK(display_width("\u05D0\u05B8") == 1);
  CHECK(display_width("\n") == 0);
  CHECK(display_width("\xFF") == 1);
}

}  // namespace
}  // namespace tokctl
