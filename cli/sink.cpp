#include "cli/sink.h"

#include <fmt/core.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "base/error.h"
#include "base/secret.h"

namespace tokctl::cli {
namespace {

constexpr std::size_t kBufferSize = std::size_t{64} << 10;

std::string_view reason(int error) {
  switch (error) {
    case EPIPE:
      return "nobody reads it";
    case ENOSPC:
    case EDQUOT:
      return "no space left";
    case EBADF:
      return "it is closed";
    case EFBIG:
      return "the file is too large";
    default:
      return "the system refuses";
  }
}

}  // namespace

Sink::Sink(int fd, std::string name) : fd_(fd), name_(std::move(name)) {
  buffer_.reserve(kBufferSize);  // never grown: an old copy might hold a credential
}

Sink::~Sink() { discard(); }

void Sink::append(std::string_view text) {
  while (!text.empty()) {
    if (buffer_.size() == kBufferSize) flush();
    const auto piece = text.substr(0, kBufferSize - buffer_.size());
    buffer_.append(piece);
    text.remove_prefix(piece.size());
  }
}

void Sink::flush() {
  std::string_view rest = buffer_;
  while (!rest.empty()) {
    const ssize_t written = ::write(fd_, rest.data(), rest.size());
    if (written < 0) {
      if (errno == EINTR) continue;
      fail(errno);
    }
    rest.remove_prefix(static_cast<std::size_t>(written));
  }
  discard();
}

void Sink::fail(int error) {
  discard();
  throw Error(Code::kInternal, "output.failed",
              fmt::format("cannot write {}: {}{}{}", name_, reason(error),
                          committed_.empty() ? "" : "; ", committed_));
}

void Sink::discard() {
  wipe(buffer_.data(), buffer_.size());
  buffer_.clear();
}

}  // namespace tokctl::cli
