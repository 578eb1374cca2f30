// The bytes of a file, one at a time, with the line they are on.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>

#include "base/secret.h"

namespace tokctl {

// Fills the front of a buffer and says how many bytes it gave; 0 at the end. What it throws stops
// the reading.
using ReadBytes = std::function<std::size_t(std::span<char>)>;

// Buffered, in constant memory. The buffer is wiped: a file of users may hold passwords.
class TextInput {
 public:
  static constexpr int kEnd = -1;

  // A byte order mark (EF BB BF) at the very start is passed over: spreadsheets write one.
  explicit TextInput(ReadBytes read);

  // The next byte (0..255) or kEnd, left in place or taken.
  int peek() { return at_ < end_ || refill() ? buffer_.reveal()[at_] : kEnd; }
  int get();

  std::int64_t line() const { return line_; }    // of the next byte; the first is 1
  std::int64_t bytes() const { return bytes_; }  // taken so far

 private:
  bool refill();

  ReadBytes read_;
  SecretBytes buffer_;
  std::size_t at_ = 0;
  std::size_t end_ = 0;
  std::int64_t line_ = 1;
  std::int64_t bytes_ = 0;
};

}  // namespace tokctl
