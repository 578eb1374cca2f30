#include "base/json_stream.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/utf8.h"

namespace tokctl {
namespace {

class Reader {
 public:
  Reader(std::string_view text, JsonEvents& events) : rest_(text), events_(events) {}

  bool read() {
    if (!value(0)) return false;
    skip_space();
    return rest_.empty();
  }

 private:
  // The next character, as something that no character equals when there is none.
  int next() const { return rest_.empty() ? -1 : static_cast<unsigned char>(rest_.front()); }

  void skip_space() {
    while (!rest_.empty() && (rest_.front() == ' ' || rest_.front() == '\t' ||
                              rest_.front() == '\n' || rest_.front() == '\r'))
      rest_.remove_prefix(1);
  }

  bool take(char c) {
    if (next() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }

  // The next character that is not white space.
  bool take_token(char c) {
    skip_space();
    return take(c);
  }

  bool take_word(std::string_view word) {
    if (!rest_.starts_with(word)) return false;
    rest_.remove_prefix(word.size());
    return true;
  }

  // `depth` containers are open around it, so the recursion has an end.
  bool value(int depth) {
    skip_space();
    switch (next()) {
      case '{':
        return depth < kJsonDepthMax && events_.begin_object() && object(depth + 1);
      case '[':
        return depth < kJsonDepthMax && events_.begin_array() && array(depth + 1);
      case '"':
        return string() && events_.text(string_);
      case 'n':
        return take_word("null") && events_.literal();
      case 't':
        return take_word("true") && events_.literal();
      case 'f':
        return take_word("false") && events_.literal();
      default:
        return integer();
    }
  }

  bool object(int depth) {
    rest_.remove_prefix(1);
    const std::size_t first_name = names_.size();
    if (!take_token('}')) {
      do {
        skip_space();
        if (next() != '"' || !string() || !new_name(first_name) || !events_.name(string_) ||
            !take_token(':') || !value(depth))
          return false;
      } while (take_token(','));
      if (!take_token('}')) return false;
    }
    names_.resize(first_name);
    events_.end_object();
    return true;
  }

  bool array(int depth) {
    rest_.remove_prefix(1);
    if (!take_token(']')) {
      do {
        if (!value(depth)) return false;
      } while (take_token(','));
      if (!take_token(']')) return false;
    }
    events_.end_array();
    return true;
  }

  // Keeps the name that was read; false when its object has it, or enough.
  bool new_name(std::size_t first_name) {
    const auto first = names_.begin() + static_cast<std::ptrdiff_t>(first_name);
    if (names_.size() - first_name == kJsonMembersMax ||
        std::find(first, names_.end(), string_) != names_.end())
      return false;
    names_.emplace_back(string_);
    return true;
  }

  // A fraction, an exponent or what follows a zero stays behind, where nothing takes it.
  bool integer() {
    const bool negative = take('-');
    if (take('0')) return events_.integer(0, negative);
    // The magnitude of the lowest is one more than that of the highest.
    const std::uint64_t most =
        negative ? std::uint64_t{1} << 63 : std::numeric_limits<std::uint64_t>::max();
    if (!is_digit(next())) return false;
    std::uint64_t magnitude = 0;
    for (; is_digit(next()); rest_.remove_prefix(1)) {
      const auto digit = static_cast<std::uint64_t>(next() - '0');
      if (magnitude > (most - digit) / 10) return false;
      magnitude = magnitude * 10 + digit;
    }
    return events_.integer(magnitude, negative);
  }

  static bool is_digit(int c) { return c >= '0' && c <= '9'; }

  // A string, into string_: a part of what is read, unless something in it is escaped.
  bool string() {
    rest_.remove_prefix(1);
    const std::string_view begin = rest_;
    for (;;) {
      if (rest_.empty()) return false;
      const auto c = static_cast<unsigned char>(rest_.front());
      if (c == '"') break;
      if (c == '\\') return escaped_string(begin.substr(0, begin.size() - rest_.size()));
      if (c < ' ') return false;
      if (c < 0x80) {
        rest_.remove_prefix(1);
      } else if (!take_code_point(rest_)) {
        return false;
      }
    }
    string_ = begin.substr(0, begin.size() - rest_.size());
    rest_.remove_prefix(1);
    return true;
  }

  // The string that begins with what is read of it.
  bool escaped_string(std::string_view begin) {
    unescaped_ = begin;
    for (;;) {
      if (rest_.empty()) return false;
      const auto c = static_cast<unsigned char>(rest_.front());
      if (c == '"') break;
      if (c < ' ') return false;
      const std::string_view before = rest_;
      if (c == '\\') {
        rest_.remove_prefix(1);
        if (!take_escape()) return false;
      } else if (take_code_point(rest_)) {
        unescaped_ += before.substr(0, before.size() - rest_.size());
      } else {
        return false;
      }
    }
    string_ = unescaped_;
    rest_.remove_prefix(1);
    return true;
  }

  // What stands behind a backslash, into unescaped_.
  bool take_escape() {
    constexpr std::string_view kEscapes = "\"\\/bfnrt";
    constexpr std::string_view kMeanings = "\"\\/\b\f\n\r\t";
    if (rest_.empty()) return false;
    const char c = rest_.front();
    rest_.remove_prefix(1);
    if (c != 'u') {
      const std::size_t at = kEscapes.find(c);
      if (at == std::string_view::npos) return false;
      unescaped_ += kMeanings[at];
      return true;
    }
    const auto unit = take_unit();
    if (!unit) return false;
    char32_t code = *unit;
    if (code >= 0xD800 && code < 0xE000) {  // RFC 8259 §7: half of a pair, the high one first
      const auto low = code < 0xDC00 && take_word("\\u") ? take_unit() : std::nullopt;
      if (!low || *low < 0xDC00 || *low >= 0xE000) return false;
      code = 0x10000 + ((code - 0xD800) << 10) + (*low - 0xDC00);
    }
    append_code_point(unescaped_, code);
    return true;
  }

  // Four hexadecimal digits.
  std::optional<char32_t> take_unit() {
    if (rest_.size() < 4) return std::nullopt;
    char32_t unit = 0;
    for (const char c : rest_.substr(0, 4)) {
      const char lower = static_cast<char>(c | 0x20);
      const bool letter = lower >= 'a' && lower <= 'f';
      if (!letter && !is_digit(c)) return std::nullopt;
      unit = unit << 4 | static_cast<char32_t>(letter ? lower - 'a' + 10 : c - '0');
    }
    rest_.remove_prefix(4);
    return unit;
  }

  std::string_view rest_;
  JsonEvents& events_;
  std::string_view string_;         // read last
  std::string unescaped_;           // what string_ may lie in
  std::vector<std::string> names_;  // of the objects that are open, the innermost last
};

}  // namespace

bool read_json(std::string_view text, JsonEvents& events) { return Reader(text, events).read(); }

}  // namespace tokctl
