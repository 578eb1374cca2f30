#include <openssl/bn.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>

#include <utility>

#include "crypto/pkey_signer.h"
#include "crypto/signature_schemes.h"

namespace tokctl::crypto {
namespace {

constexpr std::size_t kHalf = 32;  // bytes of r and of s: RFC 7518 §3.4

struct FreeSignature {
  void operator()(ECDSA_SIG* signature) const { ECDSA_SIG_free(signature); }
};
using Signature = std::unique_ptr<ECDSA_SIG, FreeSignature>;

// OpenSSL speaks DER of RFC 3279 §2.2.3. It refuses r and s that are not in 1 .. n - 1.
Bytes to_der(std::span<const std::uint8_t> fixed) {
  const Signature signature(ECDSA_SIG_new());
  BIGNUM* r = BN_bin2bn(fixed.data(), kHalf, nullptr);
  BIGNUM* s = BN_bin2bn(fixed.data() + kHalf, kHalf, nullptr);
  require_openssl(signature && ECDSA_SIG_set0(signature.get(), r, s) == 1);
  Bytes der(static_cast<std::size_t>(i2d_ECDSA_SIG(signature.get(), nullptr)));
  std::uint8_t* out = der.data();
  i2d_ECDSA_SIG(signature.get(), &out);
  return der;
}

Bytes from_der(const Bytes& der) {
  const std::uint8_t* in = der.data();
  const Signature signature(d2i_ECDSA_SIG(nullptr, &in, static_cast<long>(der.size())));
  Bytes fixed(2 * kHalf);
  require_openssl(
      signature && BN_bn2binpad(ECDSA_SIG_get0_r(signature.get()), fixed.data(), kHalf) == kHalf &&
      BN_bn2binpad(ECDSA_SIG_get0_s(signature.get()), fixed.data() + kHalf, kHalf) == kHalf);
  return fixed;
}

class Ecdsa final : public SignatureKey {
 public:
  Ecdsa(Pkey key, const KeyMaterial& material)
      : signer_(std::move(key), material.algorithm, material.has_private()) {}

  bool verify(std::string_view message, std::span<const std::uint8_t> signature) const override {
    return signature.size() == 2 * kHalf && signer_.verify(message, to_der(signature));
  }
  Bytes sign(std::string_view message) const override { return from_der(signer_.sign(message)); }

 private:
  PkeySigner signer_;
};

}  // namespace

std::unique_ptr<SignatureKey> make_ecdsa_key(const KeyMaterial& material, Trust trust) {
  if (material["x"].size() != kHalf || material["y"].size() != kHalf ||
      (material.has_private() && material["d"].size() != kHalf)) {
    throw_unsound_key("the numbers of a key on P-256 have 32 bytes each");
  }
  Pkey key = to_pkey(material);
  const PkeyContext context(key ? EVP_PKEY_CTX_new_from_pkey(nullptr, key.get(), nullptr)
                                : nullptr);
  if (!context || EVP_PKEY_public_check(context.get()) != 1)
    throw_unsound_key("a public key is not a point of P-256");
  if (trust == Trust::kForeign && material.has_private() &&
      EVP_PKEY_pairwise_check(context.get()) != 1) {
    throw_unsound_key("the private part is of another key than the public one");
  }
  return std::make_unique<Ecdsa>(std::move(key), material);
}

}  // namespace tokctl::crypto
