// SQL texts as values that only the compiler can make.
#pragma once

#include <array>
#include <cstddef>
#include <functional>
#include <string_view>

#include "db/connection.h"

namespace tokctl::db {

// A piece of SQL text that several statements share, as a list of columns.
template <std::size_t N>
struct Part {
  consteval Part(const char (&literal)[N]) {  // NOLINT(google-explicit-constructor)
    for (std::size_t i = 0; i < N; ++i) text[i] = literal[i];
  }
  char text[N];
};

namespace internal {

template <Part... Parts>
consteval auto join() {
  std::array<char, ((sizeof(Parts.text) - 1) + ... + 1)> joined{};
  std::size_t end = 0;
  const auto append = [&](std::string_view text) {
    for (const char c : text) joined[end++] = c;
  };
  (append({Parts.text, sizeof(Parts.text) - 1}), ...);
  return joined;
}

template <Part... Parts>
inline constexpr auto kJoined = join<Parts...>();

}  // namespace internal

// A complete SQL text. Only string literals make one, so no value can ever be spliced in, and its
// address is what the prepared statement is known by.
class Sql {
 public:
  template <std::size_t N>
  consteval Sql(const char (&text)[N])  // NOLINT(google-explicit-constructor)
      : text_(text, N - 1) {}

  // `Sql::of<"SELECT ", kColumns, " FROM users WHERE public_id = ?">()`
  template <Part... Parts>
  static consteval Sql of() {
    const auto& joined = internal::kJoined<Parts...>;
    return Sql(std::string_view(joined.data(), joined.size() - 1), Locking::kNone);
  }

  // The same text with the rows it reads locked, or not.
  constexpr Sql with(Locking locking) const { return Sql(text_, locking); }

  constexpr std::string_view text() const { return text_; }
  constexpr Locking locking() const { return locking_; }

  // The same statement: not only an equal text.
  friend bool operator==(const Sql& a, const Sql& b) {
    return a.text_.data() == b.text_.data() && a.locking_ == b.locking_;
  }
  struct Hash {
    std::size_t operator()(const Sql& sql) const {
      return std::hash<const void*>()(sql.text_.data()) * 2 + (sql.locking_ == Locking::kRows);
    }
  };

 private:
  constexpr Sql(std::string_view text, Locking locking) : text_(text), locking_(locking) {}

  std::string_view text_;
  Locking locking_ = Locking::kNone;
};

}  // namespace tokctl::db
