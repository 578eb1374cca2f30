#include "base/utf8.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>

namespace tokctl {
namespace {

// The length that the first byte of a code point announces; 0 when no code point starts so.
constexpr std::size_t announced_size(std::uint8_t first) {
  if (first < 0x80) return 1;
  if (first < 0xC2) return 0;  // a continuation byte, or the start of an overlong form
  if (first < 0xE0) return 2;
  if (first < 0xF0) return 3;
  if (first < 0xF5) return 4;
  return 0;  // would be above U+10FFFF
}

constexpr bool is_control(char32_t code) { return code < 0x20 || (code >= 0x7F && code < 0xA0); }

// Characters that draw nothing and rearrange the line around them: bidirectional marks, embeddings,
// overrides and isolates (UAX #9), line and paragraph separator.
constexpr bool bends_line(char32_t code) {
  return code == 0x061C || code == 0x200E || code == 0x200F || (code >= 0x2028 && code <= 0x202E) ||
         (code >= 0x2066 && code <= 0x2069);
}

}  // namespace

std::optional<char32_t> take_code_point(std::string_view& text) {
  const std::string_view all = text;
  const auto byte = [all](std::size_t i) { return static_cast<std::uint8_t>(all[i]); };
  const std::size_t size = announced_size(byte(0));
  text.remove_prefix(1);
  if (size == 1) return byte(0);
  if (size == 0 || size > all.size()) return std::nullopt;

  char32_t code = byte(0) & (0xFFU >> (size + 1));
  for (std::size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return std::nullopt;
    code = code << 6 | (byte(i) & 0x3F);
  }
  const bool overlong = (size == 3 && code < 0x800) || (size == 4 && code < 0x10000);
  const bool surrogate = code >= 0xD800 && code <= 0xDFFF;
  if (overlong || surrogate || code > 0x10FFFF) return std::nullopt;
  text.remove_prefix(size - 1);
  return code;
}

void append_code_point(std::string& text, char32_t code) {
  const auto rest = [&](unsigned shift) {
    text += static_cast<char>(0x80 | (code >> shift & 0x3F));
  };
  if (code < 0x80) {
    text += static_cast<char>(code);
  } else if (code < 0x800) {
    text += static_cast<char>(0xC0 | code >> 6);
    rest(0);
  } else if (code < 0x10000) {
    text += static_cast<char>(0xE0 | code >> 12);
    rest(6);
    rest(0);
  } else {
    text += static_cast<char>(0xF0 | code >> 18);
    rest(12);
    rest(6);
    rest(0);
  }
}

std::optional<std::size_t> utf8_length(std::string_view text) {
  std::size_t length = 0;
  while (length < text.size() && static_cast<unsigned char>(text[length]) < 0x80) ++length;
  text.remove_prefix(length);
  for (; !text.empty(); ++length) {
    if (!take_code_point(text)) return std::nullopt;
  }
  return length;
}

bool has_control(std::string_view text) {
  // Of most texts this is all there is to see.
  std::size_t plain = 0;
  while (plain < text.size() && text[plain] >= ' ' && text[plain] <= '~') ++plain;
  text.remove_prefix(plain);
  while (!text.empty()) {
    const auto code = take_code_point(text);
    if (code && is_control(*code)) return true;
  }
  return false;
}

bool is_white_space(char32_t code) {
  return (code >= 0x09 && code <= 0x0D) || code == 0x20 || code == 0x85 || code == 0xA0 ||
         code == 0x1680 || (code >= 0x2000 && code <= 0x200A) || code == 0x2028 || code == 0x2029 ||
         code == 0x202F || code == 0x205F || code == 0x3000;
}

std::string printable(std::string_view text) {
  std::string line;
  line.reserve(text.size());
  while (!text.empty()) {
    const std::string_view before = text;
    const auto code = take_code_point(text);
    const std::string_view taken = before.substr(0, before.size() - text.size());
    if (!code || is_control(*code)) {
      for (const char c : taken) line += fmt::format("\\x{:02x}", static_cast<std::uint8_t>(c));
    } else if (bends_line(*code)) {
      line += fmt::format("\\u{{{:04x}}}", static_cast<std::uint32_t>(*code));
    } else if (*code == '\\') {
      line += "\\\\";
    } else {
      line += taken;
    }
  }
  return line;
}

std::string ascii_lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

bool is_http_token(std::string_view text) {
  static constexpr auto kAllowed = [] {
    std::array<bool, 256> allowed{};
    for (const char c : std::string_view(
             "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"))
      allowed[static_cast<unsigned char>(c)] = true;
    return allowed;
  }();
  return !text.empty() && std::ranges::all_of(text, [](unsigned char c) { return kAllowed[c]; });
}

}  // namespace tokctl
