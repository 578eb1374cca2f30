#include "crypto/aes_gcm.h"

#include <openssl/evp.h>

#include <limits>
#include <memory>
#include <stdexcept>

#include "base/error.h"

namespace tokctl::crypto {
namespace {

struct FreeContext {
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};
using Context = std::unique_ptr<EVP_CIPHER_CTX, FreeContext>;

void check(bool ok) {
  if (!ok)
    throw Error(Code::kInternal, "crypto.failed", "the cipher AES-256-GCM does not work here");
}

// Fetched on first use, since that wakes all of OpenSSL, and kept for the life of the process.
const EVP_CIPHER* cipher() {
  static const EVP_CIPHER* const kCipher = EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr);
  return kCipher;
}

enum class Direction { kDecrypt = 0, kEncrypt = 1 };

// A context that knows key, nonce and additional data.
Context begin(Direction direction, std::span<const std::uint8_t> key,
              std::span<const std::uint8_t> nonce, std::span<const std::uint8_t> additional,
              std::size_t text_size) {
  constexpr std::size_t kMax = std::numeric_limits<int>::max();  // OpenSSL counts in int
  if (key.size() != kGcmKeySize || nonce.size() != kGcmNonceSize || additional.size() > kMax ||
      text_size > kMax) {
    throw std::invalid_argument("aes_gcm: size");
  }
  Context context(EVP_CIPHER_CTX_new());
  int size = 0;
  check(cipher() != nullptr && context != nullptr &&
        EVP_CipherInit_ex2(context.get(), cipher(), key.data(), nonce.data(),
                           static_cast<int>(direction), nullptr) == 1 &&
        (additional.empty() || EVP_CipherUpdate(context.get(), nullptr, &size, additional.data(),
                                                static_cast<int>(additional.size())) == 1));
  return context;
}

bool update(const Context& context, std::uint8_t* out, std::span<const std::uint8_t> in) {
  int size = 0;
  return in.empty() ||
         EVP_CipherUpdate(context.get(), out, &size, in.data(), static_cast<int>(in.size())) == 1;
}

// GCM has no padding, so this writes nothing: it makes the tag or judges it.
bool finish(const Context& context) {
  std::uint8_t none[kGcmTagSize];
  int size = 0;
  return EVP_CipherFinal_ex(context.get(), none, &size) == 1;
}

}  // namespace

Bytes aes_gcm_encrypt(std::span<const std::uint8_t> key, std::span<const std::uint8_t> nonce,
                      std::span<const std::uint8_t> additional,
                      std::span<const std::uint8_t> plaintext) {
  const Context context = begin(Direction::kEncrypt, key, nonce, additional, plaintext.size());
  Bytes sealed(plaintext.size() + kGcmTagSize);
  check(update(context, sealed.data(), plaintext) && finish(context) &&
        EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_GET_TAG, kGcmTagSize,
                            sealed.data() + plaintext.size()) == 1);
  return sealed;
}

std::optional<SecretString> aes_gcm_decrypt(std::span<const std::uint8_t> key,
                                            std::span<const std::uint8_t> nonce,
                                            std::span<const std::uint8_t> additional,
                                            std::span<const std::uint8_t> ciphertext_and_tag) {
  if (ciphertext_and_tag.size() < kGcmTagSize) return std::nullopt;
  const auto ciphertext = ciphertext_and_tag.first(ciphertext_and_tag.size() - kGcmTagSize);
  auto tag =
      SecretBytes(ciphertext_and_tag.last(kGcmTagSize));  // a copy, as OpenSSL takes no const

  const Context context = begin(Direction::kDecrypt, key, nonce, additional, ciphertext.size());
  auto plaintext = SecretString::of_size(ciphertext.size());
  check(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_SET_TAG, kGcmTagSize, tag.fill().data()) ==
        1);
  // Nothing of it leaves before the tag is judged.
  if (!update(context, reinterpret_cast<std::uint8_t*>(plaintext.fill().data()), ciphertext) ||
      !finish(context)) {
    return std::nullopt;
  }
  return plaintext;
}

}  // namespace tokctl::crypto
