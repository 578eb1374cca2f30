#include "crypto/cache_seal.h"

#include <sodium.h>

#include <algorithm>
#include <stdexcept>

#include "base/encoding.h"

namespace tokctl::crypto {
namespace {

constexpr char kVersion = 0x01;
constexpr std::size_t kIdSize = kRootKeyIdSize / 2;
constexpr std::size_t kNonceAt = 1 + kIdSize;
constexpr std::size_t kHeaderSize = kNonceAt + crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr std::size_t kTagSize = crypto_aead_xchacha20poly1305_ietf_ABYTES;

unsigned char* writable(std::string& bytes) { return reinterpret_cast<unsigned char*>(&bytes[0]); }

}  // namespace

std::string seal_for_cache(const Keyring& keyring, std::string_view key_id,
                           std::string_view plaintext, std::string_view address, Random& random) {
  const auto id = hex_decode(key_id);
  if (!id || id->size() != kIdSize) throw std::invalid_argument("seal_for_cache: key id");
  const auto key = keyring.subkey(key_id, Purpose::kCache).reveal();
  std::string sealed(kHeaderSize + plaintext.size() + kTagSize, kVersion);
  std::ranges::copy(*id, sealed.begin() + 1);
  random.fill({writable(sealed) + kNonceAt, kHeaderSize - kNonceAt});
  crypto_aead_xchacha20poly1305_ietf_encrypt(
      writable(sealed) + kHeaderSize, nullptr, as_bytes(plaintext).data(), plaintext.size(),
      as_bytes(address).data(), address.size(), nullptr, writable(sealed) + kNonceAt, key.data());
  return sealed;
}

std::optional<std::string> open_from_cache(const Keyring& keyring, std::string_view sealed,
                                           std::string_view address) {
  if (sealed.size() < kHeaderSize + kTagSize || sealed.front() != kVersion) return std::nullopt;
  const auto bytes = as_bytes(sealed);
  const std::string id = hex_encode(bytes.subspan(1, kIdSize));
  if (!keyring.has(id)) return std::nullopt;
  const auto key = keyring.subkey(id, Purpose::kCache).reveal();
  std::string plaintext(sealed.size() - kHeaderSize - kTagSize, '\0');
  if (crypto_aead_xchacha20poly1305_ietf_decrypt(
          writable(plaintext), nullptr, nullptr, bytes.data() + kHeaderSize,
          bytes.size() - kHeaderSize, as_bytes(address).data(), address.size(),
          bytes.data() + kNonceAt, key.data()) != 0)
    return std::nullopt;
  return plaintext;
}

}  // namespace tokctl::crypto
