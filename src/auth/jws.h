// Verifying JSON Web Signatures (RFC 7515) in compact form.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/random.h"
#include "crypto/jwk.h"
#include "model/jwt.h"

namespace tokctl::auth {

// A key with the header, in base64url, that tokctl writes for it.
struct JwsKey {
  explicit JwsKey(crypto::Jwk key);
  crypto::Jwk jwk;
  std::string header;
};

// What somebody with the private part of a key has signed. Only verify_jws makes one, so nothing
// unverified can pass for it.
class VerifiedJws {
 public:
  std::string_view payload() const { return as_text(payload_); }
  const std::string& kid() const { return kid_; }

 private:
  friend std::optional<VerifiedJws> verify_jws(const JwsParts& parts, const JwsKey& key);
  VerifiedJws(Bytes payload, std::string kid)
      : payload_(std::move(payload)), kid_(std::move(kid)) {}

  Bytes payload_;
  std::string kid_;
};

// The id of the key that a header names; nothing when it is not a sound header.
std::optional<std::string> kid_of(std::string_view header);

// Nothing unless the signature is one by `key`, of the algorithm that is the key's own, under a
// header that names both, and every part is canonical base64url.
std::optional<VerifiedJws> verify_jws(const JwsParts& parts, const JwsKey& key);

SecretString sign_jws(const JwsKey& key, std::string_view payload);

// The keys that a file holds, for a verifier without a database. Immutable.
class KeySet {
 public:
  // Throws as crypto::parse_jwk_set.
  KeySet(std::string_view text, Random& random);

  // The key that a header names.
  const JwsKey* find(std::string_view header) const;
  std::optional<VerifiedJws> verify(std::string_view text) const;

 private:
  std::vector<JwsKey> keys_;  // a handful: searched in order
};

}  // namespace tokctl::auth
