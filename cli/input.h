// Reading what is piped in.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/secret.h"

namespace tokctl::cli {

// Everything from `fd` up to its end, without one newline at it. At most `limit` bytes are kept; of
// more, one byte more is returned, so that the caller sees it is too long. Throws Error(kUsage,
// "input.failed").
SecretString read_all(int fd, std::size_t limit);

// Any bytes, in pieces as they come, in constant memory, which is wiped.
class PieceReader {
 public:
  explicit PieceReader(int fd);
  // Valid until the next call; empty at the end. Throws Error(kUsage, "input.failed").
  std::string_view next();

 private:
  int fd_;
  SecretString buffer_;
};

// Lines of any length in constant memory, for credentials: the buffer is wiped.
class LineReader {
 public:
  // Lines longer than `longest` come cut to `longest` + 1 bytes.
  LineReader(int fd, std::size_t longest);

  // The next line without its newline, also a last one that has none; valid until the next call.
  // Nothing at the end. Throws Error(kUsage, "input.failed").
  std::optional<std::string_view> next();
  // Whether `next` would return without waiting for more input.
  bool ready() const;

 private:
  bool fill();

  int fd_;
  std::size_t longest_;
  SecretString buffer_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  SecretString long_line_;
  bool ended_ = false;
};

}  // namespace tokctl::cli
