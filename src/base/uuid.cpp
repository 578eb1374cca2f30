#include "base/uuid.h"

#include <array>
#include <cstddef>

#include "base/encoding.h"

namespace tokctl {
namespace {

constexpr std::string_view kShape = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";

}  // namespace

std::string make_uuid(Random& random) {
  std::array<std::uint8_t, 16> bytes;
  random.fill(bytes);
  bytes[6] = static_cast<std::uint8_t>((bytes[6] & 0x0F) | 0x40);  // version 4
  bytes[8] = static_cast<std::uint8_t>((bytes[8] & 0x3F) | 0x80);  // variant of RFC 9562
  std::string text = hex_encode(bytes);
  for (std::size_t at = 0; at < kShape.size(); ++at) {
    if (kShape[at] == '-') text.insert(at, 1, '-');
  }
  return text;
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
