// OpenSSL's keys: from our numbers and back.
#pragma once

#include <openssl/evp.h>

#include <memory>

#include "crypto/key_material.h"

namespace tokctl::crypto {

struct FreePkey {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(EVP_PKEY_CTX* context) const { EVP_PKEY_CTX_free(context); }
};
using Pkey = std::unique_ptr<EVP_PKEY, FreePkey>;
using PkeyContext = std::unique_ptr<EVP_PKEY_CTX, FreePkey>;

// Throws Error(kInternal, "crypto.failed") unless `done`: something that only a defect or a lack of
// memory can make fail.
void require_openssl(bool done);

// Of an RSA or EC key; null when OpenSSL does not take the numbers for one.
Pkey to_pkey(const KeyMaterial& material);

// The other way; `algorithm` is of the type that the key is of.
KeyMaterial from_pkey(const EVP_PKEY& key, JwsAlgorithm algorithm);

}  // namespace tokctl::crypto
