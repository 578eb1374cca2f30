#include <string>

#include "base/error.h"
#include "crypto/jwk.h"
#include "support/random.h"
#include "vectors/wycheproof.h"

namespace tokctl::crypto {
namespace {

using namespace testing;  // NOLINT(google-build-using-namespace): the vectors' vocabulary

bool verifies(const Jwk& key, const nlohmann::json& test) {
  const Bytes message = bytes_at(test, "msg");
  return key.verify(as_text(message), bytes_at(test, "sig"));
}

TEST_CASE("Wycheproof: Ed25519") {
  const auto file = wycheproof("ed25519");
  CountingRandom random;
  const int executed = for_each_test(file, [&](const auto& group, const auto& test) {
    const Jwk key = Jwk::from_json(group.at("publicKeyJwk").dump(), Trust::kForeign, random,
                                   JwsAlgorithm::kEdDsa);
    CHECK(verifies(key, test) == is_valid(test));
  });
  CHECK(executed == 151);
}

TEST_CASE("Wycheproof: ECDSA on P-256 with SHA-256") {
  const auto file = wycheproof("ecdsa_secp256r1_sha256_p1363");
  CountingRandom random;
  const int executed = for_each_test(file, [&](const auto& group, const auto& test) {
    const Jwk key = Jwk::from_pem(group.at("publicKeyPem").template get<std::string>(), random);
    CHECK(key.algorithm() == JwsAlgorithm::kEs256);
    CHECK(verifies(key, test) == is_valid(test));
  });
  CHECK(executed == 262);
}

TEST_CASE("Wycheproof: RSA PKCS #1 v1.5 with 2048 bits and SHA-256") {
  const auto file = wycheproof("rsa_signature_2048_sha256");
  CountingRandom random;
  int small_exponents = 0;
  const int executed = for_each_test(file, [&](const auto& group, const auto& test) {
    const auto pem = group.at("publicKeyPem").template get<std::string>();
    // Two keys have the public exponent 3. NIST SP 800-56B §6.2 wants more than 2^16, and a key
    // like that is usually an old one made by old software, so it is refused as a key.
    if (group.at("publicKey").at("publicExponent") == "03") {
      CHECK_THROWS_AS(Jwk::from_pem(pem, random), Error);
      ++small_exponents;
      return;
    }
    // "acceptable" is a signature whose padding lacks the NULL of RFC 8017 §9.2: not accepted.
    CHECK(verifies(Jwk::from_pem(pem, random), test) == is_valid(test));
  });
  CHECK(executed == 259);
  CHECK(small_exponents == 2);
}

}  // namespace
}  // namespace tokctl::crypto
