// Ed25519 by libsodium, whose verification takes half the time of OpenSSL 3.0's.
#include <sodium.h>

#include <array>

#include "base/sodium.h"
#include "crypto/signature_schemes.h"

namespace tokctl::crypto {
namespace {

class Ed25519 final : public SignatureKey {
 public:
  explicit Ed25519(const KeyMaterial& material) {
    require_sodium();
    const auto x = material["x"];
    const auto seed = material["d"];
    if (x.size() != public_.size()) throw_unsound_key("a public key of Ed25519 has 32 bytes");
    if (!seed.empty()) {
      if (seed.size() != crypto_sign_ed25519_SEEDBYTES)
        throw_unsound_key("a private key of Ed25519 has 32 bytes");
      secret_ = SecretBytes(crypto_sign_ed25519_SECRETKEYBYTES);
      crypto_sign_ed25519_seed_keypair(public_.data(), secret_.fill().data(), seed.data());
      if (!constant_time_equal(public_, x))
        throw_unsound_key("the private part is of another key than the public one");
    } else {
      // Nobody holds the private part of such a point. Verified below nothing is signed by it, but
      // whoever takes our key set may look less closely.
      if (crypto_core_ed25519_is_valid_point(x.data()) != 1)
        throw_unsound_key("a public key of Ed25519 is not a point of its group");
      std::ranges::copy(x, public_.begin());
    }
  }

  // libsodium refuses S >= L, keys and commitments of small order, and encodings that are not
  // canonical.
  bool verify(std::string_view message, std::span<const std::uint8_t> signature) const override {
    return signature.size() == crypto_sign_ed25519_BYTES &&
           crypto_sign_ed25519_verify_detached(signature.data(), as_bytes(message).data(),
                                               message.size(), public_.data()) == 0;
  }
  Bytes sign(std::string_view message) const override {
    if (secret_.empty()) throw_public_key();
    Bytes signature(crypto_sign_ed25519_BYTES);
    crypto_sign_ed25519_detached(signature.data(), nullptr, as_bytes(message).data(),
                                 message.size(), secret_.reveal().data());
    return signature;
  }

 private:
  std::array<std::uint8_t, crypto_sign_ed25519_PUBLICKEYBYTES> public_{};
  SecretBytes secret_;
};

}  // namespace

std::unique_ptr<SignatureKey> make_ed25519_key(const KeyMaterial& material) {
  return std::make_unique<Ed25519>(material);
}

}  // namespace tokctl::crypto
