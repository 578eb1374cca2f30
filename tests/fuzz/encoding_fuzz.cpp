// Every decoder is total, and what it accepts is exactly what its encoder writes.
#include "base/encoding.h"
#include "require.h"

using namespace tokctl;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using fuzz::require;
  const std::string_view text = fuzz::text_of(data, size);
  const std::span<const std::uint8_t> input(data, size);

  if (const auto bytes = hex_decode(text)) require(hex_encode(*bytes) == text);
  if (const auto bytes = base64_decode(text)) {
    require(base64_encode(*bytes) == text);
    Bytes out(bytes->size());
    require(base64_decode_to(text, out) && out == *bytes);
  }
  if (const auto bytes = base64url_decode(text)) require(base64url_encode(*bytes) == text);
  if (const auto bytes = base62_decode(text, 32)) {
    require(base62_encode(*bytes, text.size()) == text);
  }

  require(hex_decode(hex_encode(input)) == Bytes(data, data + size));
  std::string base64(base64_size(size), '\0');
  base64_encode_to(input, base64);
  require(base64 == base64_encode(input));
  require(base64_decode(base64) == Bytes(data, data + size));
  require(base64url_decode(base64url_encode(input)) == Bytes(data, data + size));
  if (size <= 64) {
    require(base62_decode(base62_encode(input, 2 * size), size) == Bytes(data, data + size));
  }
  return 0;
}
