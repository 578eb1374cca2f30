#include "crypto/web_token.h"

#include <fmt/format.h>
#include <sodium.h>

#include "base/error.h"
#include "base/sodium.h"

namespace tokctl::crypto {

Digest derive_web_token(const MacKey& web_token_key, const WebTokenFields& fields) {
  return Mac(web_token_key)
      .add_lp("tokctl-web-token-v1")
      .add_lp(fields.session_id)
      .add_lp(fields.public_id)
      .add_lp(fields.private_id)
      .add_lp(fields.email)
      .add_lp(fields.password_tag)
      .finish();
}

Digest derive_kit_token(const SecretString& bcrypt, std::string_view public_id,
                        std::string_view private_id, std::string_view email) {
  require_sodium();
  std::string salt = fmt::format("{}:{}:{}", public_id, private_id, email);
  const auto password = as_bytes(bcrypt.reveal());
  SecretBytes key(kDigestSize);
  const bool derived = crypto_pwhash_scryptsalsa208sha256_ll(
                           password.data(), password.size(), as_bytes(salt).data(), salt.size(),
                           16384, 8, 1, key.fill().data(), key.size()) == 0;
  wipe(salt.data(), salt.size());  // it holds the PrivateID
  if (!derived) {
    throw Error(Code::kUnavailable, "memory.short", "not enough memory to derive a token");
  }
  return Mac(MacKey(key.reveal())).add(password).finish();
}

}  // namespace tokctl::crypto
