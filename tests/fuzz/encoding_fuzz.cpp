// Every decoder is total, and what it accepts is exactly what its encoder writes.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "base/encoding.h"

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);

  if (const auto bytes = tokctl::hex_decode(text)) require(tokctl::hex_encode(*bytes) == text);
  if (const auto bytes = tokctl::base64_decode(text))
    require(tokctl::base64_encode(*bytes) == text);
  for (std::size_t length = size / 4 * 3, n = 0; n < 3 && n <= length; ++n) {
    std::vector<std::uint8_t> out(length - n);
    const auto bytes = tokctl::base64_decode(text);
    require(tokctl::base64_decode_to(text, out) == (bytes && bytes->size() == out.size()));
    if (bytes && bytes->size() == out.size()) require(*bytes == out);
  }
  if (const auto bytes = tokctl::base64url_decode(text)) {
    require(tokctl::base64url_encode(*bytes) == text);
  }
  if (const auto bytes = tokctl::base62_decode(text, 32)) {
    require(tokctl::base62_encode(*bytes, text.size()) == text);
  }
  return 0;
}
