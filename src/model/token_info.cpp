#include "model/token_info.h"

namespace tokctl {

TokenInfo info_of(const ApiToken& token) {
  return {.type = TokenType::kApi,
          .id = token.id,
          .public_id = token.public_id,
          .email = {},
          .session_id = {},
          .source = {},
          .token_name = token.name,
          .scopes = token.scopes,
          .info = token.info,
          .purpose = {},
          .created_at = token.created_at,
          .expires_at = token.expires_at,
          .idle = token.idle,
          .last_used_at = token.last_used_at,
          .revoked_at = token.revoked_at,
          .ends_at = token.ends_at(),
          .replaced_by = token.replaced_by};
}

TokenInfo info_of(const Session& session) {
  auto ends_at = session.expires_at;
  if (session.revoked_at && (!ends_at || *session.revoked_at < *ends_at))
    ends_at = session.revoked_at;
  return {.type = session.kind == SessionKind::kWeb ? TokenType::kWeb : TokenType::kJwt,
          .id = session.session_id,
          .public_id = session.public_id,
          .email = {},
          .session_id = session.session_id,
          .source = session.source,
          .token_name = {},
          .scopes = {},
          .info = {},
          .purpose = {},
          .created_at = session.created_at,
          .expires_at = session.expires_at,
          .idle = {},
          .last_used_at = session.last_used_at,
          .revoked_at = session.revoked_at,
          .ends_at = ends_at,
          .replaced_by = {}};
}

TokenInfo info_of(const RefreshToken& token) {
  TokenInfo info;
  info.type = TokenType::kRefresh;
  info.id = token.id;
  info.public_id = token.public_id;
  info.session_id = token.session_id;
  info.created_at = token.created_at;
  info.expires_at = token.expires_at;
  info.last_used_at = token.used_at;
  info.ends_at = token.used_at ? token.used_at : token.expires_at;
  info.replaced_by = token.successor_id;
  return info;
}

TokenInfo info_of(const VerificationToken& token) {
  TokenInfo info;
  info.type = TokenType::kVerify;
  info.id = token.id;
  info.public_id = token.public_id;
  info.purpose = to_text(token.purpose);
  info.created_at = token.created_at;
  info.expires_at = token.expires_at;
  info.last_used_at = token.used_at;
  info.ends_at = token.used_at ? token.used_at : token.expires_at;
  return info;
}

}  // namespace tokctl
