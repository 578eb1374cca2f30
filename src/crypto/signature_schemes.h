// The schemes behind make_signature_key, one a file.
#pragma once

#include <memory>

#include "crypto/signature_key.h"

namespace tokctl::crypto {

std::unique_ptr<SignatureKey> make_hmac_key(const KeyMaterial& material);
std::unique_ptr<SignatureKey> make_ed25519_key(const KeyMaterial& material);
std::unique_ptr<SignatureKey> make_rsa_key(const KeyMaterial& material, Trust trust);
std::unique_ptr<SignatureKey> make_ecdsa_key(const KeyMaterial& material, Trust trust);

// `why` in lowercase prose, as in "the key is too short".
[[noreturn]] void throw_unsound_key(const char* why);
[[noreturn]] void throw_public_key();

}  // namespace tokctl::crypto
