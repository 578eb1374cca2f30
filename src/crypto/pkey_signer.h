// Signing and verifying a digest with a key of OpenSSL's.
#pragma once

#include <cstdint>
#include <mutex>
#include <span>
#include <string_view>
#include <vector>

#include "base/encoding.h"
#include "crypto/pkey.h"

namespace tokctl::crypto {

// Immutable and thread-safe. A context is set up once, since that looks every algorithm up again;
// each message then has one to itself: to verify, one that is kept and used again, to sign, a copy.
class PkeySigner {
 public:
  // Takes PKCS #1 v1.5 padding for RSA.
  PkeySigner(Pkey key, JwsAlgorithm algorithm, bool with_private);

  bool verify(std::string_view message, std::span<const std::uint8_t> signature) const;
  Bytes sign(std::string_view message) const;

 private:
  Bytes digest(std::string_view message) const;
  PkeyContext prepare(int (*init)(EVP_PKEY_CTX*)) const;
  PkeyContext take_verifier() const;
  void give_back(PkeyContext verifier) const;

  Pkey key_;
  JwsAlgorithm algorithm_;
  const EVP_MD* hash_;
  PkeyContext verifier_;
  PkeyContext signer_;  // null for a public key
  mutable std::mutex mutex_;
  mutable std::vector<PkeyContext> idle_;  // verifiers, as many as have been busy at once
};

}  // namespace tokctl::crypto
