#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <utility>

#include "crypto/pkey_signer.h"
#include "crypto/signature_schemes.h"

namespace tokctl::crypto {
namespace {

constexpr std::size_t kModulusMin = 2048 / 8;
constexpr std::size_t kModulusMax = 8192 / 8;
constexpr std::size_t kExponentMax = 8;  // bytes: a longer one only makes verifying slow

unsigned remainder(std::span<const std::uint8_t> number, unsigned divisor) {
  unsigned rest = 0;
  for (const std::uint8_t byte : number) rest = (rest * 256 + byte) % divisor;
  return rest;
}

// CVE-2017-15361: smart cards whose primes are 65537^a modulo a product of small primes. Their
// modulus then is a power of 65537 modulo each of these, which an honest one is by chance once in
// 2^27.
bool has_roca_fingerprint(std::span<const std::uint8_t> modulus) {
  constexpr std::array kPrimes = {11U, 13U, 17U,  19U,  37U,  53U,  61U,  71U, 73U,
                                  79U, 97U, 103U, 107U, 109U, 127U, 151U, 157U};
  return std::ranges::all_of(kPrimes, [&](unsigned prime) {
    const unsigned wanted = remainder(modulus, prime);
    unsigned power = 1;
    do {
      if (power == wanted) return true;
      power = power * 65537 % prime;
    } while (power != 1);
    return false;
  });
}

void check_public_part(std::span<const std::uint8_t> n, std::span<const std::uint8_t> e) {
  const bool long_enough = n.size() > kModulusMin || (n.size() == kModulusMin && n[0] >= 0x80);
  if (!long_enough) throw_unsound_key("an RSA key has less than 2048 bits");
  if (n.size() > kModulusMax) throw_unsound_key("an RSA key has more than 8192 bits");
  if (n[0] == 0 || n.back() % 2 == 0) throw_unsound_key("the modulus of an RSA key is not one");
  const bool sound = e.size() >= 3 && e.size() <= kExponentMax && e[0] != 0 && e.back() % 2 == 1;
  if (!sound) throw_unsound_key("the public exponent of an RSA key is under 65537 or unsound");
  if (has_roca_fingerprint(n)) {
    throw_unsound_key("an RSA key has the weakness of CVE-2017-15361: its primes can be computed");
  }
}

class Rsa final : public SignatureKey {
 public:
  Rsa(Pkey key, const KeyMaterial& material)
      : size_(material["n"].size()),
        signer_(std::move(key), material.algorithm, material.has_private()) {}

  bool verify(std::string_view message, std::span<const std::uint8_t> signature) const override {
    return signature.size() == size_ && signer_.verify(message, signature);
  }
  Bytes sign(std::string_view message) const override { return signer_.sign(message); }

 private:
  std::size_t size_;
  PkeySigner signer_;
};

}  // namespace

std::unique_ptr<SignatureKey> make_rsa_key(const KeyMaterial& material, Trust trust) {
  check_public_part(material["n"], material["e"]);
  Pkey key = to_pkey(material);
  if (!key) throw_unsound_key("the numbers of an RSA key are not sound");
  if (trust == Trust::kForeign) {
    const PkeyContext context(EVP_PKEY_CTX_new_from_pkey(nullptr, key.get(), nullptr));
    require_openssl(context != nullptr);
    // NIST SP 800-56B §6.4.2: above all, that the modulus has neither a small factor nor is a
    // prime.
    if (EVP_PKEY_public_check(context.get()) != 1)
      throw_unsound_key("the modulus of an RSA key is not one");
    if (material.has_private() && EVP_PKEY_pairwise_check(context.get()) != 1)
      throw_unsound_key("the private part is of another key than the public one");
  }
  return std::make_unique<Rsa>(std::move(key), material);
}

}  // namespace tokctl::crypto
