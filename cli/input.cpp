#include "cli/input.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/error.h"

namespace tokctl::cli {
namespace {

constexpr std::size_t kBufferSize = std::size_t{64} << 10;

std::size_t read_some(int fd, char* to, std::size_t size) {
  for (;;) {
    const ssize_t got = ::read(fd, to, size);
    if (got >= 0) return static_cast<std::size_t>(got);
    if (errno != EINTR) {
      throw Error(Code::kUsage, "input.failed",
                  fd == STDIN_FILENO ? "cannot read standard input" : "cannot read the descriptor");
    }
  }
}

}  // namespace

SecretString read_all(int fd, std::size_t limit) {
  SecretString buffer =
      SecretString::of_size(limit + 2);  // room to see a newline, or one byte too many
  std::size_t size = 0;
  while (size < buffer.size()) {
    const std::size_t got = read_some(fd, buffer.fill().data() + size, buffer.size() - size);
    if (got == 0) break;
    size += got;
  }
  std::string_view text = buffer.reveal().substr(0, size);
  if (text.ends_with('\n')) text.remove_suffix(1);
  return SecretString(text.substr(0, limit + 1));
}

PieceReader::PieceReader(int fd) : fd_(fd), buffer_(SecretString::of_size(kBufferSize)) {}

std::string_view PieceReader::next() {
  const auto space = buffer_.fill();
  return buffer_.reveal().substr(0, read_some(fd_, space.data(), space.size()));
}

LineReader::LineReader(int fd, std::size_t longest)
    : fd_(fd),
      longest_(longest),
      buffer_(SecretString::of_size(kBufferSize)),
      long_line_(SecretString::of_size(longest + 1)) {}

bool LineReader::fill() {
  const auto space = buffer_.fill();
  std::memmove(space.data(), space.data() + begin_, end_ - begin_);
  end_ -= begin_;
  begin_ = 0;
  const std::size_t got = read_some(fd_, space.data() + end_, space.size() - end_);
  end_ += got;
  return got > 0;
}

bool LineReader::ready() const {
  return buffer_.reveal().substr(begin_, end_ - begin_).find('\n') != std::string_view::npos;
}

std::optional<std::string_view> LineReader::next() {
  // Of a line that does not fit the buffer, its beginning is kept aside and the rest passed over.
  std::size_t kept = 0;
  bool too_long = false;
  for (;;) {
    const std::string_view rest = buffer_.reveal().substr(begin_, end_ - begin_);
    const std::size_t newline = rest.find('\n');
    const bool complete = newline != std::string_view::npos;
    const std::string_view piece = rest.substr(0, newline);
    if (complete && !too_long) {
      begin_ += newline + 1;
      return piece.substr(0, longest_ + 1);
    }
    if (complete || rest.size() == buffer_.size() || ended_) {
      const std::size_t more = std::min(piece.size(), long_line_.size() - kept);
      std::copy_n(piece.data(), more, long_line_.fill().data() + kept);
      kept += more;
      begin_ += piece.size() + (complete ? 1 : 0);
      if (complete) return long_line_.reveal().substr(0, kept);
      if (ended_) {
        const bool nothing = kept == 0 && !too_long;
        return nothing ? std::nullopt : std::optional(long_line_.reveal().substr(0, kept));
      }
      too_long = true;
    }
    if (!ended_ && !fill()) ended_ = true;
  }
}

}  // namespace tokctl::cli
