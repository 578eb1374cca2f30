// Sealing of what lies in a shared cache for some minutes.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/random.h"
#include "crypto/keyring.h"

namespace tokctl::crypto {

// XChaCha20-Poly1305 under K_cache of the root key `key_id`, a random 192-bit nonce, and `address`,
// where the value will lie, as additional data. Result, in bytes: version 0x01, key id (8), nonce
// (24), ciphertext, tag (16). Lighter than seal(), whose fresh key for each value a life of minutes
// does not need: 192 random bits never repeat.
std::string seal_for_cache(const Keyring& keyring, std::string_view key_id,
                           std::string_view plaintext, std::string_view address, Random& random);

// Nothing for whatever was not sealed for this address under a key that is held: whoever writes the
// cache may have put anything there. Never throws for it.
std::optional<std::string> open_from_cache(const Keyring& keyring, std::string_view sealed,
                                           std::string_view address);

}  // namespace tokctl::crypto
