#include "crypto/short_hash.h"

#include <sodium.h>

#include <array>
#include <bit>

#include "base/encoding.h"

namespace tokctl::crypto {

ShortHashKey::ShortHashKey(Random& random) : key_(crypto_shorthash_siphashx24_KEYBYTES) {
  random.fill(key_.fill());
}

ShortHash ShortHashKey::operator()(std::string_view text) const {
  std::array<std::uint8_t, crypto_shorthash_siphashx24_BYTES> bytes;
  crypto_shorthash_siphashx24(bytes.data(), as_bytes(text).data(), text.size(),
                              key_.reveal().data());
  return std::bit_cast<ShortHash>(bytes);
}

}  // namespace tokctl::crypto
