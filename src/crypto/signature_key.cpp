#include "crypto/signature_key.h"

#include "base/error.h"
#include "crypto/signature_schemes.h"

namespace tokctl::crypto {

std::unique_ptr<SignatureKey> make_signature_key(const KeyMaterial& material, Trust trust) {
  switch (material.type()) {
    case KeyType::kOct:
      return make_hmac_key(material);
    case KeyType::kRsa:
      return make_rsa_key(material, trust);
    case KeyType::kEc:
      return make_ecdsa_key(material, trust);
    case KeyType::kOkp:
      break;
  }
  return make_ed25519_key(material);
}

void throw_unsound_key(const char* why) { throw Error(Code::kUsage, "jwk.invalid", why); }

void throw_public_key() {
  throw Error(Code::kPolicy, "jwk.public", "a key without its private part cannot sign");
}

}  // namespace tokctl::crypto
