// Verifying JWTs in process, beside the bare primitives: signature, header and claims, without the
// session.
#include <benchmark/benchmark.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <sodium.h>

#include <cstdlib>
#include <memory>

#include "auth/jws.h"
#include "auth/tokens.h"
#include "crypto/mac.h"
#include "crypto/pkey.h"

namespace {

using namespace tokctl;
using crypto::Jwk;
using crypto::JwsAlgorithm;

constexpr std::size_t kSignedSize = 450;  // bytes, about what is signed of the JWT below

struct World {
  explicit World(JwsAlgorithm algorithm)
      : jwk(Jwk::generate(algorithm, random)),
        keys("{\"keys\":[" +
                 (jwk.symmetric() ? std::string(jwk.private_json().reveal()) : jwk.public_json()) +
                 "]}",
             random) {
    const JwtClaims claims{.iss = "tokctl",
                           .sub = "6dcda2da-92c3-41e5-8994-feff819cdc9f",
                           .aud = {"api"},
                           .iat = 1'800'000'000,
                           .nbf = 1'800'000'000,
                           .exp = 1'800'003'600,
                           .jti = "3f2504e0-4f89-41d3-9a0c-0305e82c3301",
                           .username = "bill@ardanlabs.com",
                           .name = "Bill Kennedy",
                           .roles = {"admin"},
                           .source = "web"};
    const auth::JwsKey signer(
        Jwk::from_json(jwk.private_json().reveal(), crypto::Trust::kOwn, random));
    token = auth::sign_jws(signer, format_jwt_claims(claims)).reveal();
    if (!valid(judge())) std::abort();
  }

  Verdict judge() const {
    return auth::validate_offline(keys, token, "tokctl", from_unix(1'800'000'100), {});
  }

  SystemRandom random;
  Jwk jwk;
  auth::KeySet keys;
  std::string token;
};

void verify(benchmark::State& state, JwsAlgorithm algorithm) {
  const World world(algorithm);
  for (auto _ : state) {
    const Verdict verdict = world.judge();
    if (!valid(verdict)) std::abort();
  }
}
BENCHMARK_CAPTURE(verify, hs256, JwsAlgorithm::kHs256)->Name("jwt_hs256");
BENCHMARK_CAPTURE(verify, eddsa, JwsAlgorithm::kEdDsa)->Name("jwt_eddsa");
BENCHMARK_CAPTURE(verify, rs256, JwsAlgorithm::kRs256)->Name("jwt_rs256");
BENCHMARK_CAPTURE(verify, es256, JwsAlgorithm::kEs256)->Name("jwt_es256");

// libsodium's Ed25519 and nothing around it.
void raw_ed25519(benchmark::State& state) {
  unsigned char pk[32], sk[64], sig[64];
  const std::string message(kSignedSize, 'x');
  const auto* text = reinterpret_cast<const unsigned char*>(message.data());
  if (sodium_init() < 0) std::abort();
  crypto_sign_ed25519_keypair(pk, sk);
  crypto_sign_ed25519_detached(sig, nullptr, text, message.size(), sk);
  for (auto _ : state) {
    if (crypto_sign_ed25519_verify_detached(sig, text, message.size(), pk) != 0) std::abort();
  }
}
BENCHMARK(raw_ed25519);

// OpenSSL's SHA-256 and verification, on a context that is used again and again.
void raw_openssl(benchmark::State& state, bool rsa) {
  const crypto::Pkey key(rsa ? EVP_RSA_gen(2048) : EVP_EC_gen("P-256"));
  const crypto::PkeyContext signer(EVP_PKEY_CTX_new_from_pkey(nullptr, key.get(), nullptr));
  const crypto::PkeyContext verifier(EVP_PKEY_CTX_new_from_pkey(nullptr, key.get(), nullptr));
  const std::string message(kSignedSize, 'x');
  const auto digest = crypto::sha256(message);
  Bytes signature(512);
  std::size_t size = signature.size();
  const auto set_up = [&](EVP_PKEY_CTX* context) {
    return (!rsa || EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1) &&
           EVP_PKEY_CTX_set_signature_md(context, EVP_sha256()) == 1;
  };
  if (EVP_PKEY_sign_init(signer.get()) != 1 || !set_up(signer.get()) ||
      EVP_PKEY_sign(signer.get(), signature.data(), &size, digest.data(), digest.size()) != 1 ||
      EVP_PKEY_verify_init(verifier.get()) != 1 || !set_up(verifier.get()))
    std::abort();
  for (auto _ : state) {
    const auto hashed = crypto::sha256(message);
    if (EVP_PKEY_verify(verifier.get(), signature.data(), size, hashed.data(), hashed.size()) != 1)
      std::abort();
  }
}
BENCHMARK_CAPTURE(raw_openssl, rsa, true)->Name("raw_rsa2048");
BENCHMARK_CAPTURE(raw_openssl, ec, false)->Name("raw_p256");

}  // namespace
