// Signing and verifying a digest with a key of OpenSSL's.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "base/encoding.h"
#include "crypto/pkey.h"

namespace tokctl::crypto {

// Immutable and thread-safe: what a message needs is copied from a context that was set up once,
// since setting one up looks every algorithm up again.
class PkeySigner {
 public:
  // Takes PKCS #1 v1.5 padding for RSA.
  PkeySigner(Pkey key, JwsAlgorithm algorithm, bool with_private);

  bool verify(std::string_view message, std::span<const std::uint8_t> signature) const;
  Bytes sign(std::string_view message) const;

 private:
  Bytes digest(std::string_view message) const;
  PkeyContext prepare(int (*init)(EVP_PKEY_CTX*)) const;

  Pkey key_;
  JwsAlgorithm algorithm_;
  const EVP_MD* hash_;
  PkeyContext verifier_;
  PkeyContext signer_;  // null for a public key
};

}  // namespace tokctl::crypto
