#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <array>

#include "crypto/mac.h"
#include "crypto/pkey.h"
#include "crypto/signature_schemes.h"

namespace tokctl::crypto {
namespace {

constexpr std::size_t kKeyMax = 512;  // bytes: no honest key is longer

// HS256, on the HMAC that web tokens are derived with.
class Hmac256 final : public SignatureKey {
 public:
  explicit Hmac256(std::span<const std::uint8_t> key) : key_(key) {}

  bool verify(std::string_view message, std::span<const std::uint8_t> signature) const override {
    return constant_time_equal(Mac(key_).add(message).finish(), signature);
  }
  Bytes sign(std::string_view message) const override {
    const Digest mac = Mac(key_).add(message).finish();
    return {mac.begin(), mac.end()};
  }

 private:
  MacKey key_;
};

struct FreeMac {
  void operator()(EVP_MAC_CTX* context) const { EVP_MAC_CTX_free(context); }
};
using MacContext = std::unique_ptr<EVP_MAC_CTX, FreeMac>;

// HS384 and HS512: a context that knows its key is copied for each message.
class EvpHmac final : public SignatureKey {
 public:
  EvpHmac(std::span<const std::uint8_t> key, std::size_t size) : size_(size) {
    static EVP_MAC* const kHmac = EVP_MAC_fetch(nullptr, "HMAC", nullptr);
    require_openssl(kHmac != nullptr);
    keyed_.reset(EVP_MAC_CTX_new(kHmac));
    char sha384[] = "SHA384";
    char sha512[] = "SHA512";
    const OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, size == 48 ? sha384 : sha512, 0),
        OSSL_PARAM_construct_end()};
    require_openssl(keyed_ && EVP_MAC_init(keyed_.get(), key.data(), key.size(), params) == 1);
  }

  bool verify(std::string_view message, std::span<const std::uint8_t> signature) const override {
    return constant_time_equal(sign(message), signature);
  }
  Bytes sign(std::string_view message) const override {
    const MacContext context(EVP_MAC_CTX_dup(keyed_.get()));
    Bytes mac(size_);
    std::size_t size = 0;
    require_openssl(
        context && EVP_MAC_update(context.get(), as_bytes(message).data(), message.size()) == 1 &&
        EVP_MAC_final(context.get(), mac.data(), &size, mac.size()) == 1 && size == mac.size());
    return mac;
  }

 private:
  std::size_t size_;
  MacContext keyed_;
};

}  // namespace

std::unique_ptr<SignatureKey> make_hmac_key(const KeyMaterial& material) {
  const auto key = material["k"];
  const std::size_t size = hash_size(material.algorithm);
  if (key.size() < size) throw_unsound_key("a symmetric key is shorter than its hash");
  if (key.size() > kKeyMax) throw_unsound_key("a symmetric key is longer than 512 bytes");
  if (material.algorithm == JwsAlgorithm::kHs256) return std::make_unique<Hmac256>(key);
  return std::make_unique<EvpHmac>(key, size);
}

}  // namespace tokctl::crypto
