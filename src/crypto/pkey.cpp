#include "crypto/pkey.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/params.h>

#include <algorithm>
#include <array>
#include <vector>

#include "base/encoding.h"
#include "base/error.h"

namespace tokctl::crypto {
namespace {

constexpr std::size_t kCoordinateSize = 32;  // of P-256

// OpenSSL's names, aligned with key_members.
constexpr std::array<const char*, kKeyMembersMax> kRsaNames = {
    OSSL_PKEY_PARAM_RSA_N,         OSSL_PKEY_PARAM_RSA_E,           OSSL_PKEY_PARAM_RSA_D,
    OSSL_PKEY_PARAM_RSA_FACTOR1,   OSSL_PKEY_PARAM_RSA_FACTOR2,     OSSL_PKEY_PARAM_RSA_EXPONENT1,
    OSSL_PKEY_PARAM_RSA_EXPONENT2, OSSL_PKEY_PARAM_RSA_COEFFICIENT1};
constexpr std::array<const char*, 3> kEcNames = {OSSL_PKEY_PARAM_EC_PUB_X, OSSL_PKEY_PARAM_EC_PUB_Y,
                                                 OSSL_PKEY_PARAM_PRIV_KEY};

// A number as OpenSSL's parameters hold it: in the processor's order of bytes, which is the other
// way round here.
SecretBytes native_number(std::span<const std::uint8_t> big_endian) {
  static_assert(std::endian::native == std::endian::little);
  SecretBytes number(big_endian);
  std::ranges::reverse(number.fill());
  return number;
}

Pkey build(const char* type, bool with_private, std::vector<OSSL_PARAM>& params) {
  params.push_back(OSSL_PARAM_construct_end());
  const PkeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
  EVP_PKEY* key = nullptr;
  require_openssl(context && EVP_PKEY_fromdata_init(context.get()) == 1);
  if (EVP_PKEY_fromdata(context.get(), &key, with_private ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY,
                        params.data()) != 1) {
    return nullptr;
  }
  return Pkey(key);
}

Pkey rsa_pkey(const KeyMaterial& material) {
  std::array<SecretBytes, kKeyMembersMax> numbers;
  std::vector<OSSL_PARAM> params;
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    if (material.members[i].empty()) continue;
    numbers[i] = native_number(material.members[i].reveal());
    params.push_back(
        OSSL_PARAM_construct_BN(kRsaNames[i], numbers[i].fill().data(), numbers[i].size()));
  }
  return build("RSA", material.has_private(), params);
}

Pkey ec_pkey(const KeyMaterial& material) {
  char group[] = "P-256";
  std::array<std::uint8_t, 1 + 2 * kCoordinateSize> point{0x04};  // SEC 1 §2.3.3, uncompressed
  std::ranges::copy(material["x"], point.begin() + 1);
  std::ranges::copy(material["y"], point.begin() + 1 + kCoordinateSize);
  std::vector<OSSL_PARAM> params = {
      OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group, 0),
      OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size())};
  SecretBytes d;
  if (material.has_private()) {
    d = native_number(material["d"]);
    params.push_back(OSSL_PARAM_construct_BN(OSSL_PKEY_PARAM_PRIV_KEY, d.fill().data(), d.size()));
  }
  return build("EC", material.has_private(), params);
}

struct FreeNumber {
  void operator()(BIGNUM* number) const { BN_clear_free(number); }
};

// Of `size` bytes, or as many as it takes; empty when the key has no such number.
SecretBytes number_of(const EVP_PKEY& key, const char* name, std::optional<std::size_t> size) {
  BIGNUM* found = nullptr;
  if (EVP_PKEY_get_bn_param(&key, name, &found) != 1) return {};
  const std::unique_ptr<BIGNUM, FreeNumber> number(found);
  SecretBytes bytes(size.value_or(static_cast<std::size_t>(BN_num_bytes(found))));
  require_openssl(BN_bn2binpad(found, bytes.fill().data(), static_cast<int>(bytes.size())) >= 0);
  return bytes;
}

SecretBytes raw_key(const EVP_PKEY& key,
                    int (*get)(const EVP_PKEY*, unsigned char*, std::size_t*)) {
  std::size_t size = kCoordinateSize;
  SecretBytes bytes(size);
  if (get(&key, bytes.fill().data(), &size) != 1 || size != bytes.size()) return {};
  return bytes;
}

}  // namespace

void require_openssl(bool done) {
  if (!done) throw Error(Code::kInternal, "crypto.failed", "a signature scheme does not work here");
}

Pkey to_pkey(const KeyMaterial& material) {
  return material.type() == KeyType::kRsa ? rsa_pkey(material) : ec_pkey(material);
}

KeyMaterial from_pkey(const EVP_PKEY& key, JwsAlgorithm algorithm) {
  KeyMaterial material{.algorithm = algorithm, .members = {}};
  switch (material.type()) {
    case KeyType::kRsa:
      for (std::size_t i = 0; i < kRsaNames.size(); ++i)
        material.members[i] = number_of(key, kRsaNames[i], std::nullopt);
      break;
    case KeyType::kEc:
      for (std::size_t i = 0; i < kEcNames.size(); ++i)
        material.members[i] = number_of(key, kEcNames[i], kCoordinateSize);
      break;
    default:
      material.members[0] = raw_key(key, EVP_PKEY_get_raw_public_key);
      material.members[1] = raw_key(key, EVP_PKEY_get_raw_private_key);
      break;
  }
  return material;
}

}  // namespace tokctl::crypto
