#include "auth/tokens.h"

#include "auth/jwt_keys.h"
#include "auth/lapsed.h"
#include "auth/session_change.h"
#include "auth/user_rows.h"
#include "auth/uses.h"
#include "auth/web_tokens.h"
#include "base/error.h"

namespace tokctl::auth {

Tokens::Tokens(Context& context)
    : context_(context),
      kit_(std::make_unique<KitTokens>()),
      keys_(std::make_unique<JwtKeys>(context)),
      uses_(std::make_unique<Uses>(context)),
      lapsed_(std::make_unique<Lapsed>(context.random)) {}
Tokens::Tokens(Tokens&&) noexcept = default;
Tokens::~Tokens() = default;

IssuedWeb Tokens::issue_web(const UserRef& ref, const IssueWeb& request) {
  check_source(request.source);
  return write(context_, [&](Change& change) {
    auto owner = get_user(change.db(), ref, db::Locking::kRows);
    check_password_tag(owner, request.password_tag);
    IssuedWeb issued;
    std::optional<Session> session;
    if (request.reuse && owner.user.status == UserStatus::kActive) {
      session = db::sessions::latest_live(change.db(), owner.user.public_id, SessionKind::kWeb,
                                          change.now());
    }
    issued.reused = session.has_value();
    if (!session) {
      Begun begun = begin_session(context_, change, owner.user,
                                  {.kind = SessionKind::kWeb,
                                   .expires_at = request.expires_at,
                                   .source = request.source,
                                   .single = request.single});
      session = std::move(begun.session);
      issued.sessions_revoked = begun.sessions_revoked;
    }
    const db::sessions::WithOwner row{.session = std::move(*session),
                                      .owner = {.email = owner.user.email,
                                                .full_name = owner.user.full_name,
                                                .status = owner.user.status,
                                                .private_id = owner.secrets.private_id,
                                                .password_tag = owner.secrets.password_tag}};
    const auto token = derive_web_token(context_, *kit_, change.db(), row);
    if (!token) {
      throw Error(Code::kIntegrity, "session.damaged",
                  "session " + row.session.session_id + " has lost what its token derives from",
                  "tokctl db check");
    }
    issued.token = format_web_token(row.session.session_id, *token);
    issued.session = row.session;
    issued.user = std::move(owner.user);
    return issued;
  });
}

void Tokens::flush_uses() { uses_->flush(); }

}  // namespace tokctl::auth
