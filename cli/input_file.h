// A file that a command reads from its beginning to its end.
#pragma once

#include <cstdint>
#include <string>

#include "model/text_input.h"

namespace tokctl::cli {

// `-` is standard input. Between two pieces, an Interruptible is asked.
class InputFile {
 public:
  // Throws Error(kUsage, "input.missing" or "input.failed").
  explicit InputFile(const std::string& path);
  InputFile(const InputFile&) = delete;
  InputFile& operator=(const InputFile&) = delete;
  ~InputFile();

  // In bytes; 0 when only its end will tell.
  std::int64_t size() const { return size_; }

  // To read it with, as long as it lives. Throws Error(kUsage, "input.failed"), kInterrupted.
  ReadBytes bytes();

 private:
  std::string name_;
  int fd_;
  std::int64_t size_ = 0;
};

}  // namespace tokctl::cli
