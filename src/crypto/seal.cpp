#include "crypto/seal.h"

#include <fmt/format.h>

#include <cstdint>
#include <optional>
#include <span>
#include <utility>

#include "base/encoding.h"
#include "base/error.h"
#include "base/utf8.h"
#include "crypto/aes_gcm.h"
#include "crypto/length_prefix.h"

namespace tokctl::crypto {
namespace {

constexpr std::uint8_t kVersion = 0x01;
constexpr std::size_t kIdSize = kRootKeyIdSize / 2;
constexpr std::size_t kSaltSize = 32;
constexpr std::size_t kHeaderSize = 1 + kIdSize + kSaltSize + kGcmNonceSize;

// A sealed value's parts, as views of its bytes.
struct Parts {
  explicit Parts(std::span<const std::uint8_t> bytes)
      : header(bytes.first(kHeaderSize)),
        key_id(bytes.subspan(1, kIdSize)),
        salt(bytes.subspan(1 + kIdSize, kSaltSize)),
        nonce(bytes.subspan(1 + kIdSize + kSaltSize, kGcmNonceSize)),
        ciphertext(bytes.subspan(kHeaderSize)) {}

  std::span<const std::uint8_t> header, key_id, salt, nonce, ciphertext;
};

std::optional<Bytes> decode(std::string_view sealed) {
  auto bytes = base64_decode(sealed);
  if (!bytes || bytes->size() < kHeaderSize + kGcmTagSize || bytes->front() != kVersion) {
    return std::nullopt;
  }
  return bytes;
}

SecretBytes value_key(const Keyring& keyring, std::string_view key_id,
                      std::span<const std::uint8_t> salt) {
  const SecretBytes& subkey = keyring.subkey(key_id, Purpose::kSeal);
  return hkdf_sha256(subkey.reveal(), salt, "tokctl/v1/seal-value", kGcmKeySize);
}

void append(Bytes& bytes, std::span<const std::uint8_t> more) {
  bytes.insert(bytes.end(), more.begin(), more.end());
}

Bytes additional_data(std::span<const std::uint8_t> header, const Address& address) {
  Bytes data(header.begin(), header.end());
  append(data, as_bytes(bind({address.table, address.key, address.column})));
  append(data, as_bytes(address.bound));
  return data;
}

}  // namespace

std::string bind(std::initializer_list<std::string_view> fields) {
  std::string bound;
  for (const std::string_view field : fields) {
    for (const std::uint8_t byte : length_prefix(field.size())) {
      bound += static_cast<char>(byte);
    }
    bound += field;
  }
  return bound;
}

std::string seal(const Keyring& keyring, std::string_view key_id, std::string_view plaintext,
                 const Address& address, Random& random) {
  Bytes sealed = {kVersion};
  append(sealed, hex_decode(key_id).value_or(Bytes{}));
  sealed.resize(kHeaderSize);
  random.fill(std::span(sealed).last(kSaltSize + kGcmNonceSize));

  const Parts parts(sealed);
  const SecretBytes key = value_key(keyring, key_id, parts.salt);
  const Bytes ciphertext = aes_gcm_encrypt(
      key.reveal(), parts.nonce, additional_data(parts.header, address), as_bytes(plaintext));
  append(sealed, ciphertext);
  return base64_encode(sealed);
}

SecretString unseal(const Keyring& keyring, std::string_view sealed, const Address& address) {
  if (const auto bytes = decode(sealed)) {
    const Parts parts(*bytes);
    const SecretBytes key = value_key(keyring, hex_encode(parts.key_id), parts.salt);
    auto plaintext = aes_gcm_decrypt(key.reveal(), parts.nonce,
                                     additional_data(parts.header, address), parts.ciphertext);
    if (plaintext) return *std::move(plaintext);
  }
  throw Error(Code::kIntegrity, "seal.broken",
              fmt::format("the sealed {} of {} in {} does not open", printable(address.column),
                          printable(address.key), printable(address.table)));
}

std::string sealed_prefix(std::string_view key_id) {
  // Nine bytes, so that they are twelve whole digits of base64.
  static_assert((1 + kIdSize) % 3 == 0);
  Bytes bytes{kVersion};
  append(bytes, hex_decode(key_id).value());
  return base64_encode(bytes);
}

}  // namespace tokctl::crypto
