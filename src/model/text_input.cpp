#include "model/text_input.h"

#include <utility>

namespace tokctl {
namespace {

constexpr std::size_t kBufferSize = 64U << 10;
constexpr int kByteOrderMark[] = {0xEF, 0xBB, 0xBF};

}  // namespace

TextInput::TextInput(ReadBytes read) : read_(std::move(read)), buffer_(kBufferSize) {
  // A pipe may give its first bytes one by one, so the mark is awaited whole before it is judged.
  while (end_ < std::size(kByteOrderMark)) {
    const std::size_t got =
        read_({reinterpret_cast<char*>(buffer_.fill().data()) + end_, buffer_.size() - end_});
    if (got == 0) break;
    end_ += got;
  }
  std::size_t matched = 0;
  while (matched < std::size(kByteOrderMark) && matched < end_ &&
         buffer_.reveal()[matched] == kByteOrderMark[matched]) {
    ++matched;
  }
  if (matched == std::size(kByteOrderMark)) {
    at_ = matched;
    bytes_ = static_cast<std::int64_t>(matched);
  }
}

int TextInput::get() {
  const int byte = peek();
  if (byte == kEnd) return kEnd;
  ++at_;
  ++bytes_;
  if (byte == '\n') ++line_;
  return byte;
}

bool TextInput::refill() {
  at_ = end_ = 0;
  end_ = read_({reinterpret_cast<char*>(buffer_.fill().data()), buffer_.size()});
  return end_ > 0;
}

}  // namespace tokctl
