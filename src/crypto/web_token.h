// The derivations behind web tokens. Nothing here is ever stored: a token is computed when it is
// issued and computed again when it is presented.
#pragma once

#include <string_view>

#include "base/secret.h"
#include "crypto/mac.h"

namespace tokctl::crypto {

// What a web token of scheme v1 is bound to. Ids are lowercase UUID text (36 characters), `email`
// has A-Z lowercased, `password_tag` is 32 raw bytes. Change any one and the token is dead.
struct WebTokenFields {
  std::string_view session_id;
  std::string_view public_id;
  std::string_view private_id;
  std::string_view email;
  Digest password_tag;
};

// HMAC-SHA256(K_web-token, LP("tokctl-web-token-v1") LP(SessionID) LP(PublicID) LP(PrivateID)
// LP(email) LP(password_tag)).
Digest derive_web_token(const MacKey& web_token_key, const WebTokenFields& fields);

// kit's derivation, for sessions imported from it: HMAC-SHA256(scrypt(P, S, 16384, 8, 1, 32), P)
// with P the bcrypt string and S = "PublicID:PrivateID:Email", the email exactly as kit had it.
// Takes tens of milliseconds and 16 MiB; it does not depend on the session, so a process pays it
// once for each user.
Digest derive_kit_token(const SecretString& bcrypt, std::string_view public_id,
                        std::string_view private_id, std::string_view email);

}  // namespace tokctl::crypto
