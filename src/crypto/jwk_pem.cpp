// Reading keys in PEM.
#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include <array>
#include <utility>

#include "base/error.h"
#include "crypto/jwk.h"
#include "crypto/pkey.h"

namespace tokctl::crypto {
namespace {

struct FreeBio {
  void operator()(BIO* bio) const { BIO_free(bio); }
};

// Nobody is asked for a passphrase.
int no_passphrase(char*, int, int, void*) { return -1; }

Pkey read(std::string_view text, EVP_PKEY* (*from)(BIO*, EVP_PKEY**, pem_password_cb*, void*)) {
  const std::unique_ptr<BIO, FreeBio> bio(
      BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
  require_openssl(bio != nullptr);
  Pkey key(from(bio.get(), nullptr, no_passphrase, nullptr));
  ERR_clear_error();
  return key;
}

JwsAlgorithm algorithm_of(const EVP_PKEY& key, std::optional<JwsAlgorithm> wanted) {
  JwsAlgorithm fit = JwsAlgorithm::kEdDsa;
  if (EVP_PKEY_is_a(&key, "RSA") == 1) {
    fit = JwsAlgorithm::kRs256;
  } else if (EVP_PKEY_is_a(&key, "EC") == 1) {
    fit = JwsAlgorithm::kEs256;
    std::array<char, 32> group{};
    std::size_t size = 0;
    if (EVP_PKEY_get_utf8_string_param(&key, OSSL_PKEY_PARAM_GROUP_NAME, group.data(), group.size(),
                                       &size) != 1 ||
        std::string_view(group.data(), size) != "prime256v1")
      throw Error(Code::kUsage, "jwk.invalid", "a key is on another curve than P-256");
  } else if (EVP_PKEY_is_a(&key, "ED25519") != 1) {
    throw Error(Code::kUsage, "jwk.invalid", "a key is neither RSA nor of P-256 nor of Ed25519");
  }
  if (!wanted) return fit;
  if (key_type(*wanted) != key_type(fit))
    throw Error(Code::kUsage, "jwk.invalid", "a key is for another algorithm than asked for");
  return *wanted;
}

}  // namespace

Jwk Jwk::from_pem(std::string_view text, Random& random, std::optional<JwsAlgorithm> wanted) {
  constexpr std::size_t kMax = 64U << 10;
  if (text.size() > kMax) throw Error(Code::kUsage, "jwk.malformed", "the file is too long");
  Pkey key = read(text, PEM_read_bio_PrivateKey);
  if (!key) key = read(text, PEM_read_bio_PUBKEY);
  if (!key) {
    throw Error(Code::kUsage, "jwk.malformed", "this is not a key in PEM, or it is encrypted",
                "decrypt it first: openssl pkey -in KEY -out FILE");
  }
  const JwsAlgorithm algorithm = algorithm_of(*key, wanted);
  return {from_pkey(*key, algorithm), {}, Trust::kForeign, random};
}

}  // namespace tokctl::crypto
