// Issuing JWTs and the refresh tokens that belong to them.
#include <algorithm>
#include <utility>

#include "auth/change.h"
#include "auth/jwt_keys.h"
#include "auth/session_change.h"
#include "auth/tokens.h"
#include "auth/user_rows.h"
#include "base/error.h"

namespace tokctl::auth {

IssuedJwt Tokens::issue_jwt(const UserRef& ref, const IssueJwt& request, bool refresh_only) {
  check_source(request.source);
  check_terms(request.terms);
  const Seconds family = request.refresh_ttl.value_or(context_.config.policy.refresh_ttl);
  const bool with_refresh = request.with_refresh || refresh_only;
  return write(context_, [&](Change& change) {
    // Locked, so that two logins which each end the other's sessions come one after the other.
    const auto owner = get_user(change.db(), ref, db::Locking::kRows);
    check_password_tag(owner, request.password_tag);
    const User& user = owner.user;
    Begun begun =
        begin_session(context_, change, user,
                      {.kind = SessionKind::kJwt,
                       .expires_at = change.now() + (with_refresh ? family : request.terms.ttl),
                       .source = request.source,
                       .single = request.single});
    IssuedJwt issued{.sessions_revoked = begun.sessions_revoked};
    issued.info = info_of(begun.session);
    issued.info.email = user.email;
    if (with_refresh) {
      auto first = begin_family(context_, change, begun.session, request.terms);
      issued.refresh = std::move(first.text);
      issued.refresh_info = info_of(first.token);
      issued.refresh_info->email = user.email;
    }
    if (!refresh_only) {
      SignedJwt jwt = sign_jwt(context_, *keys_, change, user, begun.session, request.terms);
      issued.token = std::move(jwt.token);
      issued.info.expires_at = issued.info.ends_at = jwt.expires_at;
    }
    return issued;
  });
}

}  // namespace tokctl::auth
