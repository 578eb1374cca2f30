#include "base/uuid.h"

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/encoding.h"

namespace tokctl {
namespace {

constexpr std::string_view kShape = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";

std::string format(std::array<std::uint8_t, 16>& bytes, std::uint8_t version) {
  bytes[6] = static_cast<std::uint8_t>((bytes[6] & 0x0F) | version << 4);
  bytes[8] = static_cast<std::uint8_t>((bytes[8] & 0x3F) | 0x80);  // variant of RFC 9562
  std::string text = hex_encode(bytes);
  for (std::size_t at = 0; at < kShape.size(); ++at) {
    if (kShape[at] == '-') text.insert(at, 1, '-');
  }
  return text;
}

}  // namespace

std::string make_uuid(Random& random) {
  std::array<std::uint8_t, 16> bytes;
  random.fill(bytes);
  return format(bytes, 4);
}

std::string make_uuid(Random& random, Time now) {
  std::array<std::uint8_t, 16> bytes;
  random.fill(bytes);
  std::uint64_t milliseconds = static_cast<std::uint64_t>(to_unix(now)) * 1000;
  for (std::size_t i = 6; i-- > 0; milliseconds >>= 8)
    bytes[i] = static_cast<std::uint8_t>(milliseconds);
  return format(bytes, 7);
}

bool is_uuid(std::string_view text) {
  if (text.size() != kShape.size()) return false;
  bool nil = true;
  for (std::size_t i = 0; i < kShape.size(); ++i) {
    const char c = text[i];
    if (kShape[i] == '-') {
      if (c != '-') return false;
      continue;
    }
    if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'))) return false;
    nil = nil && c == '0';
  }
  return !nil;
}

}  // namespace tokctl
