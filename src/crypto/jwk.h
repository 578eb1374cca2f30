// JSON Web Keys (RFC 7517) that sign and verify.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "base/secret.h"
#include "crypto/signature_key.h"

namespace tokctl::crypto {

inline constexpr std::size_t kKidMax = 64;
// 1 to kKidMax of A-Z a-z 0-9 . _ ~ @ : - .
bool is_kid(std::string_view text);

// A sound key of one algorithm, with its id. Immutable; verifying and signing are thread-safe.
class Jwk {
 public:
  // A new key; its id is its thumbprint, or random for a symmetric one, of which nothing may be
  // told. RSA and P-256 draw on OpenSSL's own generator.
  static Jwk generate(JwsAlgorithm algorithm, Random& random);

  // The JSON of one key. `kty`, `alg`, `use`, `key_ops` and `crv` must fit together and a
  // signature; `kid` defaults as above; members that no such key has are refused. `wanted` stands
  // in for a missing `alg` and must equal a given one. Throws Error(kUsage, "jwk.malformed" or
  // "jwk.invalid"), never repeating the text.
  static Jwk from_json(std::string_view text, Trust trust, Random& random,
                       std::optional<JwsAlgorithm> wanted = {});

  // One key in PEM, private or public, not encrypted. Without `wanted`, RSA is for RS256.
  static Jwk from_pem(std::string_view text, Random& random,
                      std::optional<JwsAlgorithm> wanted = {});

  const std::string& kid() const { return kid_; }
  JwsAlgorithm algorithm() const { return material_.algorithm; }
  bool symmetric() const { return material_.type() == KeyType::kOct; }
  bool can_sign() const { return material_.has_private(); }

  // RFC 7638, base64url of SHA-256. Throws std::logic_error for a symmetric key, since it would
  // tell a guesser when he is right.
  std::string thumbprint() const;

  // With kty, use, alg, kid. Throws std::logic_error for a symmetric key.
  std::string public_json() const;
  // With everything: what is sealed and stored.
  SecretString private_json() const;

  bool verify(std::string_view message, std::span<const std::uint8_t> signature) const {
    return key_->verify(message, signature);
  }
  Bytes sign(std::string_view message) const { return key_->sign(message); }

 private:
  Jwk(KeyMaterial material, std::string kid, Trust trust, Random& random);

  KeyMaterial material_;
  std::string kid_;
  std::unique_ptr<SignatureKey> key_;
};

// The keys of a JWK Set (RFC 7517 §5) that is to verify signatures. Throws Error(kUsage,
// "jwk.malformed" or "jwk.invalid") when it is not one, when any key in it is not sound or has no
// `kid`, when two have the same, and when symmetric and public keys are mixed, for then somebody
// may have published a secret.
std::vector<Jwk> parse_jwk_set(std::string_view text, Random& random);

// The public set as RFC 7517 §5 has it, on one line.
std::string format_jwk_set(const std::vector<const Jwk*>& keys);

}  // namespace tokctl::crypto
