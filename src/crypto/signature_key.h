// A key ready to sign and to verify: the bare signature schemes of RFC 7518 §3 and RFC 8037.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "base/encoding.h"
#include "crypto/key_material.h"

namespace tokctl::crypto {

// Immutable and thread-safe. One key is for one algorithm: nothing that a token says chooses it.
class SignatureKey {
 public:
  virtual ~SignatureKey() = default;

  // Whether `signature` is one of `message`, and spelled the one way: HMAC of full length, compared
  // in constant time; RSA PKCS #1 v1.5 of the modulus' length; ECDSA as r and s of 32 bytes each
  // with 0 < r, s < n; Ed25519 with S < L.
  virtual bool verify(std::string_view message, std::span<const std::uint8_t> signature) const = 0;

  // Throws Error(kPolicy, "jwk.public") for a key without its private part.
  virtual Bytes sign(std::string_view message) const = 0;
};

// How far key material is looked into.
enum class Trust {
  kOwn,      // made or looked into before, and sealed since
  kForeign,  // from a file: the private part must belong to the public one
};

// Throws Error(kUsage, "jwk.invalid") for numbers that are no sound key of their algorithm: a point
// beside its curve, a symmetric key shorter than the hash, RSA under 2048 bits or over 8192, with a
// public exponent under 65537 (NIST SP 800-56B §6.2) or with the fingerprint of CVE-2017-15361.
std::unique_ptr<SignatureKey> make_signature_key(const KeyMaterial& material, Trust trust);

}  // namespace tokctl::crypto
