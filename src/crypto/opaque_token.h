// What is stored of an opaque token: a digest that only the holder of the root key can compute.
#pragma once

#include <string>
#include <string_view>

#include "base/encoding.h"
#include "crypto/mac.h"

namespace tokctl::crypto {

// Hex HMAC-SHA256(K_lookup, token).
inline std::string opaque_token_digest(const MacKey& lookup, std::string_view token) {
  return hex_encode(Mac(lookup).add(token).finish());
}

}  // namespace tokctl::crypto
