#include "auth/refresh_tokens.h"

#include <algorithm>
#include <utility>

#include "auth/change.h"
#include "auth/jwt_keys.h"
#include "auth/lapsed.h"
#include "auth/lookup.h"
#include "auth/session_change.h"
#include "auth/steps.h"
#include "auth/token_kind.h"
#include "auth/user_rows.h"
#include "base/time_text.h"
#include "base/uuid.h"
#include "db/refresh_token.h"
#include "db/session.h"

namespace tokctl::auth {
namespace {

void store(Context& context, Change& change, const RefreshToken& token, std::string_view text) {
  const auto& key = context.keyring.mac_key(token.root_key_id, crypto::Purpose::kLookup);
  db::refresh_tokens::insert(change.db(), token, crypto::opaque_token_digest(key, text));
}

// A successor is derived from the token that it follows, so that it can be given again without
// being stored: HMAC-SHA256(K_refresh, LP(presented token) LP(successor's id)).
SecretString derive_successor(const Context& context, const RefreshToken& successor,
                              std::string_view presented) {
  const auto& key = context.keyring.mac_key(successor.root_key_id, crypto::Purpose::kRefresh);
  crypto::Digest secret = crypto::Mac(key).add_lp(presented).add_lp(successor.id).finish();
  SecretString text = format_opaque_token(TokenType::kRefresh, secret);
  wipe(secret);
  return text;
}

// The successor that a used token is answered with again; nothing when its answer has long arrived.
std::optional<RefreshToken> unanswered(db::Handle& db, const RefreshToken& token, Time now) {
  if (!token.used_at || now > *token.used_at + kRefreshGrace) return std::nullopt;
  auto successor = db::refresh_tokens::find(db, token.successor_id);
  if (!successor || successor->used_at) return std::nullopt;
  return successor;
}

// Family, owner and times; what a used token is worth is judged after it.
std::optional<Refusal> refusal(const RefreshToken& token,
                               const std::optional<db::sessions::WithOwner>& family, Time now,
                               Steps& step) {
  if (!step("session", family && family->session.public_id == token.public_id, [&] {
        return family ? "session " + token.session_id : "no session " + token.session_id;
      }))
    return Refusal::kUnknownSession;
  const Session& session = family->session;
  const db::sessions::Owner& owner = family->owner;
  if (!step("owner", !owner.deleted,
            [&] { return "user " + token.public_id + (owner.deleted ? " is deleted" : ""); }))
    return Refusal::kUserDeleted;
  if (!step("revoked", !session.revoked_at, [&] {
        return session.revoked_at ? "its family was ended at " + format_rfc3339(*session.revoked_at)
                                  : "its family lives";
      }))
    return Refusal::kRevoked;
  const Time end =
      session.expires_at ? std::min(token.expires_at, *session.expires_at) : token.expires_at;
  if (!step("expired", now < end, [&] { return "expires at " + format_rfc3339(end); }))
    return Refusal::kExpired;
  if (!step("status", owner.status == UserStatus::kActive,
            [&] { return "user is " + std::string(to_text(owner.status)); }))
    return Refusal::kUserDisabled;
  return std::nullopt;
}

}  // namespace

std::optional<RefreshToken> find_refresh_token(const Context& context, db::Handle& db,
                                               std::string_view text) {
  if (parse_opaque_token(text) != TokenType::kRefresh) return std::nullopt;
  return find_by_lookup(context, text, [&](const std::string& digest) {
    return db::refresh_tokens::find_by_digest(db, digest);
  });
}

NewRefresh begin_family(Context& context, Change& change, const Session& session,
                        const JwtTerms& terms) {
  NewRefresh issued{.text = make_opaque_token(context, TokenType::kRefresh),
                    .token = {.id = make_uuid(context.random),
                              .session_id = session.session_id,
                              .public_id = session.public_id,
                              .root_key_id = change.active_key(),
                              .terms = format_terms(terms),
                              .created_at = change.now(),
                              .expires_at = session.expires_at.value()}};
  store(context, change, issued.token, issued.text.reveal());
  change.record("refresh_token.created", session.public_id, issued.token.id,
                {{"session", std::string_view(session.session_id)}});
  return issued;
}

Verdict judge_refresh_token(const Context& context, db::Handle& db, std::string_view text,
                            std::vector<Check>* checks) {
  Steps step(checks);
  step("shape", true, [] { return "an opaque token"; });
  const auto token = find_refresh_token(context, db, text);
  if (!step("token", token.has_value(),
            [&] { return token ? "token " + token->id : "no such token"; }))
    return Refusal::kUnknownToken;
  const auto family = db::sessions::find_with_owner(db, token->session_id);
  if (const auto refused = refusal(*token, family, context.clock.now(), step)) return *refused;
  const bool fresh = !token->used_at || unanswered(db, *token, context.clock.now());
  if (!step("used", fresh, [&] {
        return token->used_at ? "used at " + format_rfc3339(*token->used_at) : "not used";
      }))
    return Refusal::kUsed;
  Principal principal;
  principal.type = TokenType::kRefresh;
  principal.id = token->id;
  principal.public_id = token->public_id;
  principal.email = family->owner.email;
  principal.full_name = family->owner.full_name;
  principal.session_id = token->session_id;
  principal.source = family->session.source;
  principal.issued_at = token->created_at;
  principal.expires_at = token->expires_at;
  return principal;
}

namespace {

Judged judge(const Knowledge& known, db::Handle& db, std::string_view text,
             std::vector<Check>* checks) {
  return {judge_refresh_token(known.context, db, text, checks)};
}

// One ends with its family.
TokenInfo with_family(db::Handle& db, const RefreshToken& token) {
  TokenInfo info = info_of(token);
  const auto family = db::sessions::find(db, token.session_id);
  if (family && family->revoked_at) {
    info.revoked_at = family->revoked_at;
    info.ends_at = std::min(info.ends_at.value_or(*family->revoked_at), *family->revoked_at);
  }
  return info;
}

std::optional<TokenInfo> identify(const Knowledge& known, db::Handle& db, std::string_view text) {
  const auto token = find_refresh_token(known.context, db, text);
  return token ? std::optional(with_family(db, *token)) : std::nullopt;
}

std::optional<TokenInfo> find(db::Handle& db, std::string_view id) {
  const auto token = db::refresh_tokens::find(db, id);
  return token ? std::optional(with_family(db, *token)) : std::nullopt;
}

std::vector<TokenInfo> list(db::Handle& db, const TokenRange& range, const db::Place* after) {
  std::vector<TokenInfo> tokens;
  for (const RefreshToken& token :
       db::refresh_tokens::list(db, range.rows<db::refresh_tokens::Query>(), after))
    tokens.push_back(with_family(db, token));
  return tokens;
}

// A family ends whole: its session with it, on which its JWTs hang too.
std::optional<RevokedToken> end(Change& change, std::string_view id) {
  const auto token = db::refresh_tokens::find(change.db(), id);
  if (!token) return std::nullopt;
  RevokedToken revoked{.type = TokenType::kRefresh, .id = token->id};
  const auto session = db::sessions::find(change.db(), token->session_id);
  if (session) revoked.changed = end_session(change, *session);
  return revoked;
}

// Their sessions end, which is for kSessionTokens to do.
void end_all(Change&, const std::string&, std::optional<TokenType>, RevokedTokens&) {}
std::int64_t end_of_user(db::Handle&, std::string_view, Time) { return 0; }

}  // namespace

const TokenKind kRefreshTokens{.opaque = TokenType::kRefresh,
                               .one_use = true,
                               .judge = judge,
                               .identify = identify,
                               .find = find,
                               .list = list,
                               .end = end,
                               .end_all = end_all,
                               .end_of_user = end_of_user,
                               .end_of_root_key = db::refresh_tokens::end_of_root_key,
                               .ids_with_prefix = db::refresh_tokens::ids_with_prefix,
                               .sweep = {.event = "refresh_token.pruned",
                                         .count = db::refresh_tokens::count_prunable,
                                         .prune = db::refresh_tokens::prune}};

RefreshVerdict Tokens::exchange(std::string_view text) {
  const Time asked_at = context_.clock.now();
  if (lapsed_->holds(text, asked_at)) return Refusal::kExpired;
  auto verdict = write(context_, [&](Change& change) -> RefreshVerdict {
    auto token = find_refresh_token(context_, change.db(), text);
    if (!token) return Refusal::kUnknownToken;
    // All of a family take the lock of its user, as all do that may end the family. What was read
    // before is read again under it.
    const auto user = db::users::find(change.db(), token->public_id, db::Locking::kRows);
    token = db::refresh_tokens::find(change.db(), token->id);
    if (!user || !token) return Refusal::kUnknownToken;
    const auto family = db::sessions::find_with_owner(change.db(), token->session_id);
    Steps quiet(nullptr);
    if (const auto refused = refusal(*token, family, change.now(), quiet)) return *refused;

    auto successor = unanswered(change.db(), *token, change.now());
    const bool repeated = successor.has_value();
    if (token->used_at && !repeated) {
      // Two hold the same token: a thief and the one he stole it from, and nobody can tell which is
      // which.
      db::sessions::revoke(change.db(), token->session_id, change.now());
      change.record("refresh_token.reused", token->public_id, token->session_id,
                    {{"token", std::string_view(token->id)}});
      return Refusal::kReused;
    }
    if (!repeated) {
      successor = RefreshToken{.id = make_uuid(context_.random),
                               .session_id = token->session_id,
                               .public_id = token->public_id,
                               .root_key_id = change.active_key(),
                               .terms = token->terms,
                               .created_at = change.now(),
                               .expires_at = token->expires_at};
      if (!db::refresh_tokens::use(change.db(), token->id, change.now(), successor->id))
        return Refusal::kUsed;
    }
    Refreshed refreshed{.refresh = derive_successor(context_, *successor, text),
                        .repeated = repeated};
    if (!repeated) store(context_, change, *successor, refreshed.refresh.reveal());
    change.record("refresh_token.rotated", token->public_id, token->id,
                  {{"successor", std::string_view(successor->id)}, {"repeated", repeated}});

    SignedJwt jwt =
        sign_jwt(context_, *keys_, change, user->user, family->session, parse_terms(token->terms));
    refreshed.token = std::move(jwt.token);
    refreshed.info = info_of(family->session);
    refreshed.info.expires_at = refreshed.info.ends_at = jwt.expires_at;
    refreshed.refresh_info = info_of(*successor);
    refreshed.info.email = refreshed.refresh_info.email = user->user.email;
    return refreshed;
  });
  lapsed_->learn(text, verdict, asked_at);
  return verdict;
}

}  // namespace tokctl::auth
