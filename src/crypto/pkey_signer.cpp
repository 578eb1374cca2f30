#include "crypto/pkey_signer.h"

#include <openssl/rsa.h>

#include <utility>

#include "crypto/mac.h"
#include "crypto/signature_schemes.h"

namespace tokctl::crypto {
namespace {

// Fetched on first use and kept for the life of the process.
const EVP_MD* fetch_hash(std::size_t size) {
  static EVP_MD* const k256 = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  static EVP_MD* const k384 = EVP_MD_fetch(nullptr, "SHA384", nullptr);
  static EVP_MD* const k512 = EVP_MD_fetch(nullptr, "SHA512", nullptr);
  const EVP_MD* hash = size == 32 ? k256 : size == 48 ? k384 : k512;
  require_openssl(hash != nullptr);
  return hash;
}

}  // namespace

PkeySigner::PkeySigner(Pkey key, JwsAlgorithm algorithm, bool with_private)
    : key_(std::move(key)), algorithm_(algorithm), hash_(fetch_hash(hash_size(algorithm))) {
  verifier_ = prepare(EVP_PKEY_verify_init);
  if (with_private) signer_ = prepare(EVP_PKEY_sign_init);
}

PkeyContext PkeySigner::prepare(int (*init)(EVP_PKEY_CTX*)) const {
  PkeyContext context(EVP_PKEY_CTX_new_from_pkey(nullptr, key_.get(), nullptr));
  require_openssl(context && init(context.get()) == 1);
  if (key_type(algorithm_) == KeyType::kRsa)
    require_openssl(EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_PKCS1_PADDING) == 1);
  require_openssl(EVP_PKEY_CTX_set_signature_md(context.get(), hash_) == 1);
  return context;
}

PkeyContext PkeySigner::take_verifier() const {
  {
    const std::lock_guard lock(mutex_);
    if (!idle_.empty()) {
      PkeyContext verifier = std::move(idle_.back());
      idle_.pop_back();
      return verifier;
    }
  }
  PkeyContext verifier(EVP_PKEY_CTX_dup(verifier_.get()));
  require_openssl(verifier != nullptr);
  return verifier;
}

void PkeySigner::give_back(PkeyContext verifier) const {
  const std::lock_guard lock(mutex_);
  idle_.push_back(std::move(verifier));
}

Bytes PkeySigner::digest(std::string_view message) const {
  if (hash_size(algorithm_) == kDigestSize) {
    const Digest result = sha256(message);  // without EVP's preparations
    return {result.begin(), result.end()};
  }
  Bytes result(hash_size(algorithm_));
  require_openssl(
      EVP_Digest(message.data(), message.size(), result.data(), nullptr, hash_, nullptr) == 1);
  return result;
}

bool PkeySigner::verify(std::string_view message, std::span<const std::uint8_t> signature) const {
  const Bytes hashed = digest(message);
  PkeyContext verifier = take_verifier();
  const bool good = EVP_PKEY_verify(verifier.get(), signature.data(), signature.size(),
                                    hashed.data(), hashed.size()) == 1;
  give_back(std::move(verifier));
  return good;
}

Bytes PkeySigner::sign(std::string_view message) const {
  if (!signer_) throw_public_key();
  const PkeyContext context(EVP_PKEY_CTX_dup(signer_.get()));
  require_openssl(context != nullptr);
  const Bytes hashed = digest(message);
  Bytes signature(static_cast<std::size_t>(EVP_PKEY_get_size(key_.get())));
  std::size_t size = signature.size();
  require_openssl(
      EVP_PKEY_sign(context.get(), signature.data(), &size, hashed.data(), hashed.size()) == 1);
  signature.resize(size);
  return signature;
}

}  // namespace tokctl::crypto
