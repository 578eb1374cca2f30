// SHA-256, HMAC-SHA256 (RFC 2104) and HKDF-SHA256 (RFC 5869), on OpenSSL's SHA-256.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/encoding.h"
#include "base/secret.h"

namespace tokctl::crypto {

inline constexpr std::size_t kDigestSize = 32;
using Digest = std::array<std::uint8_t, kDigestSize>;

Digest sha256(std::span<const std::uint8_t> bytes);
inline Digest sha256(std::string_view text) { return sha256(as_bytes(text)); }

// One SHA-256 computation over what comes piece by piece.
class Sha256 {
 public:
  Sha256();
  Sha256& add(std::string_view text);
  // LP(x), as Mac has it.
  Sha256& add_lp(std::string_view text);
  // Call once.
  Digest finish();

 private:
  alignas(16) std::array<std::uint8_t, 128> state_;  // an SHA256_CTX; checked in mac.cpp
};

class Mac;

// An HMAC key with its padding already absorbed: each Mac started from it saves two compressions of
// four.
class MacKey {
 public:
  explicit MacKey(std::span<const std::uint8_t> key);
  MacKey(const MacKey&) = delete;
  MacKey& operator=(const MacKey&) = delete;
  MacKey(MacKey&&) noexcept = default;
  MacKey& operator=(MacKey&&) noexcept = default;

 private:
  friend class Mac;
  SecretBytes state_;
};

// One HMAC-SHA256 computation. Wiped on destruction.
class Mac {
 public:
  explicit Mac(const MacKey& key);
  ~Mac();
  Mac(const Mac&) = delete;
  Mac& operator=(const Mac&) = delete;

  Mac& add(std::span<const std::uint8_t> bytes);
  Mac& add(std::string_view text) { return add(as_bytes(text)); }
  // LP(x): a 4-byte big-endian length, then x. Makes a sequence of fields unambiguous.
  Mac& add_lp(std::span<const std::uint8_t> bytes);
  Mac& add_lp(std::string_view text) { return add_lp(as_bytes(text)); }

  // The full 32 bytes. Call once.
  Digest finish();

 private:
  alignas(8) std::array<std::uint8_t, 224> state_;  // two SHA256_CTX; checked in mac.cpp
};

// RFC 5869. `size` at most 255 * 32. An empty salt means 32 zero bytes, as §2.2 says.
SecretBytes hkdf_sha256(std::span<const std::uint8_t> key, std::span<const std::uint8_t> salt,
                        std::string_view info, std::size_t size);

}  // namespace tokctl::crypto
