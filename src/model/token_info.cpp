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
          .created_at = session.created_at,
          .expires_at = session.expires_at,
          .idle = {},
          .last_used_at = session.last_used_at,
          .revoked_at = session.revoked_at,
          .ends_at = ends_at,
          .replaced_by = {}};
}

}  // namespace tokctl
