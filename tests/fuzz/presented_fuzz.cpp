// What somebody hands over beside tokens: an Authorization header, the place where a list goes on,
// a point of the audit log, a hash of a password.
#include <string>

#include "auth/audit.h"
#include "auth/page_token.h"
#include "auth/tokens.h"
#include "base/error.h"
#include "crypto/keyring.h"
#include "crypto/mac.h"
#include "crypto/password_hash.h"
#include "model/jwt.h"
#include "model/opaque_token.h"
#include "require.h"

using namespace tokctl;

namespace {

using fuzz::require;

// A credential is a part of the header up to its end, behind a scheme that fits it.
void header(std::string_view text) {
  const auto found = auth::credential_in(text);
  if (!found) return;
  require(text.ends_with(*found) && text.size() - found->size() >= 6);
  const auto opaque = parse_opaque_token(*found);
  require(!opaque || opaque == TokenType::kApi);
  const std::size_t at = text.size() - found->size();
  const bool basic = (text[at - 2] | 0x20) == 'c';
  require(basic != (opaque || split_jwt(*found)));
}

void page_token(std::string_view text) {
  for (const std::size_t count : {0U, 1U, 2U}) {
    try {
      const auto keys = auth::parse_page_token(text, "tokens", count);
      require(keys.size() == count && auth::make_page_token("tokens", keys) == text);
      for (const auto& key : keys) auth::page_token_integer(key);
    } catch (const Error& error) {
      require(error.id() == "page.token");
    }
  }
}

void chain_point(std::string_view text) {
  try {
    const auth::ChainPoint point = auth::parse_chain_point(text);
    require(point.seq > 0 && point.mac.size() == 2 * crypto::kDigestSize);
    require(text.ends_with(":" + point.mac));
  } catch (const Error& error) {
    require(error.id() == "audit.point");
  }
}

void password_hash(std::string_view text) {
  if (const auto hash = crypto::parse_argon2(text)) {
    require(text.starts_with(hash->id ? "$argon2id$" : "$argon2i$"));
    require(hash->memory > 0 && hash->passes > 0 && hash->lanes > 0);
  }
  if (crypto::is_bcrypt(text)) require(text.size() == 60);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(fuzz::text_of(data, size));
  for (const char* begin : {"", "Authorization: ", "Bearer ", "Basic ", "authorization:bearer "})
    header(begin + text);
  page_token(text);
  page_token(base64url_encode(as_bytes("tokens\x1f" + text)));
  chain_point(text);
  chain_point(text + ":" + std::string(2 * crypto::kDigestSize, 'a'));
  password_hash(text);
  password_hash("$argon2id$v=19$" + text);
  password_hash("$2a$10$" + text);
  return 0;
}
