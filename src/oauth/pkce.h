// What binds the answer of an authorization to the one who asked (RFC 7636, RFC 6749 §10.12).
#pragma once

#include <string>
#include <string_view>

#include "base/random.h"
#include "base/secret.h"

namespace tokctl::oauth {

// 32 random bytes in base64url, 43 characters: a PKCE verifier (§4.1) or a state.
SecretString make_verifier(Random& random);
// The S256 challenge of a verifier: base64url of its SHA-256 (§4.2).
std::string challenge_of(const SecretString& verifier);

}  // namespace tokctl::oauth
