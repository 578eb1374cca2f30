#include "cli/input_file.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "base/error.h"
#include "base/utf8.h"
#include "cli/interrupt.h"

namespace tokctl::cli {

InputFile::InputFile(const std::string& path)
    : name_(path == "-" ? "standard input" : printable(path)),
      fd_(path == "-" ? STDIN_FILENO : ::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {
  if (fd_ < 0 && errno == ENOENT) {
    throw Error(Code::kUsage, "input.missing", fmt::format("{} does not exist", name_));
  }
  struct stat status{};
  if (fd_ < 0 || ::fstat(fd_, &status) != 0 || S_ISDIR(status.st_mode)) {
    if (fd_ > STDERR_FILENO) ::close(fd_);
    throw Error(Code::kUsage, "input.failed", fmt::format("cannot read {}", name_));
  }
  if (S_ISREG(status.st_mode)) size_ = status.st_size;
}

InputFile::~InputFile() {
  if (fd_ > STDERR_FILENO) ::close(fd_);
}

ReadBytes InputFile::bytes() {
  return [this](std::span<char> out) {
    for (;;) {
      Interruptible::check();
      const ssize_t got = ::read(fd_, out.data(), out.size());
      if (got >= 0) return static_cast<std::size_t>(got);
      if (errno != EINTR) {
        throw Error(Code::kUsage, "input.failed", fmt::format("cannot read {}", name_));
      }
    }
  };
}

}  // namespace tokctl::cli
