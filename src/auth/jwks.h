// The keys that sign and verify JWTs.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/secret.h"
#include "crypto/jws_algorithm.h"
#include "model/jwk_info.h"

namespace tokctl::auth {

struct Context;
class JwtKeys;

struct RotatedJwk {
  JwkInfo created;
  JwkInfo replaced;  // verifies until the last token that it signed has expired
};

// Of each type of key (OKP, EC, RSA, oct) at most one signs. Thread-safe.
class Jwks {
 public:
  explicit Jwks(Context& context);
  Jwks(Jwks&&) noexcept;
  ~Jwks();

  // A new key that signs. Throws Error(kConflict, "jwk.signs") when one of its type does already.
  JwkInfo create(crypto::JwsAlgorithm algorithm);

  // A new key takes the place of the one that signs: of that kid, or the only one there is. Of the
  // same algorithm unless said otherwise, and of the same type. Throws Error(kNotFound,
  // "jwk.not_found"), kConflict "jwk.rotated" when it does not sign (any more), kUsage "jwk.which".
  RotatedJwk rotate(std::string_view kid, std::optional<crypto::JwsAlgorithm> algorithm);

  // A key from PEM or JSON, whichever `text` is. With a private part it signs, unless another of
  // its type does or `verify_only`; a public one verifies. Throws Error(kUsage) as crypto::Jwk,
  // kConflict "jwk.exists".
  JwkInfo import(const SecretString& text, std::optional<crypto::JwsAlgorithm> algorithm,
                 bool verify_only);

  // Its tokens end at once, and the key is forgotten; false when it had been already. Throws
  // Error(kNotFound, "jwk.not_found").
  bool retire(std::string_view kid);

  // In order of creation; with retired ones only if asked.
  std::vector<JwkInfo> list(bool retired);

  // The public keys that sign or verify, as a JWK Set (RFC 7517 §5) on one line. Symmetric keys are
  // nobody else's business.
  std::string export_set();

  // Retires keys that verify only, once the last token that they signed has expired; how many.
  std::int64_t retire_finished();

 private:
  Context& context_;
  std::unique_ptr<JwtKeys> keys_;
};

}  // namespace tokctl::auth
