// AES-256-GCM (NIST SP 800-38D) with a 96-bit nonce: the primitive under sealing, on OpenSSL, since
// libsodium has it only for some processors.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "base/encoding.h"
#include "base/secret.h"

namespace tokctl::crypto {

inline constexpr std::size_t kGcmKeySize = 32;
inline constexpr std::size_t kGcmNonceSize = 12;
inline constexpr std::size_t kGcmTagSize = 16;

// The ciphertext with its tag after it. A nonce must never repeat under one key. Throws
// std::invalid_argument for a key or nonce of another size.
Bytes aes_gcm_encrypt(std::span<const std::uint8_t> key, std::span<const std::uint8_t> nonce,
                      std::span<const std::uint8_t> additional,
                      std::span<const std::uint8_t> plaintext);

// The plaintext, or nothing when key, nonce, additional data, ciphertext or tag is not what was
// encrypted.
std::optional<SecretString> aes_gcm_decrypt(std::span<const std::uint8_t> key,
                                            std::span<const std::uint8_t> nonce,
                                            std::span<const std::uint8_t> additional,
                                            std::span<const std::uint8_t> ciphertext_and_tag);

}  // namespace tokctl::crypto
