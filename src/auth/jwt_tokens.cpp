#include "auth/jwt_tokens.h"

#include <fmt/format.h>

#include <algorithm>

#include "auth/change.h"
#include "auth/jws.h"
#include "auth/jwt_keys.h"
#include "auth/steps.h"
#include "base/error.h"
#include "base/time_text.h"
#include "base/uuid.h"
#include "db/session.h"

namespace tokctl::auth {
namespace {

// A key's `tokens_until` is moved on in steps, so that issuing does not write to it each time.
constexpr Seconds kUntilStep = std::chrono::hours(1);

// What a JWT says, once its signature and its times hold.
std::variant<JwtClaims, Refusal> judge_claims(const VerifiedJws& jws, std::string_view issuer,
                                              Time now, Steps& step) {
  auto claims = parse_jwt_claims(jws.payload());
  if (!step("claims", claims && claims->exp && is_uuid(claims->sub) && is_uuid(claims->jti), [&] {
        return claims ? "sub, jti and exp are " + std::string(claims->exp ? "there" : "missing")
                      : "not what a JWT may claim";
      }))
    return Refusal::kMalformed;
  if (!step("issuer", claims->iss == issuer,
            [&] { return claims->iss == issuer ? "issued by us" : "issued by somebody else"; }))
    return Refusal::kIssuer;

  const std::int64_t unix_now = to_unix(now);
  const std::int64_t skew = kJwtSkew.count();
  if (!step("expired", unix_now < *claims->exp + skew,
            [&] { return "expires at " + format_rfc3339(from_unix(*claims->exp)); }))
    return Refusal::kExpired;
  const auto begins = std::max(claims->nbf.value_or(0), claims->iat.value_or(0));
  if (!step("begun", begins <= unix_now + skew && begins <= *claims->exp,
            [&] { return "valid from " + format_rfc3339(from_unix(begins)); }))
    return Refusal::kNotYet;
  return *std::move(claims);
}

Principal principal_of(JwtClaims&& claims) {
  Principal principal;
  principal.type = TokenType::kJwt;
  principal.id = claims.jti;
  principal.public_id = std::move(claims.sub);
  principal.email = std::move(claims.username);
  principal.full_name = std::move(claims.name);
  principal.session_id = std::move(claims.jti);
  principal.source = std::move(claims.source);
  principal.roles = std::move(claims.roles);
  principal.audience = std::move(claims.aud);
  principal.claims = std::move(claims.more);
  principal.issued_at = from_unix(claims.iat.value_or(0));
  principal.expires_at = from_unix(*claims.exp);
  return principal;
}

// The steps up to the signature. `find` gives the key for a header.
template <typename Find>
std::variant<VerifiedJws, Refusal> judge_signature(std::string_view text, Steps& step,
                                                   const Find& find) {
  const auto parts = split_jwt(text);
  if (!step("shape", parts.has_value(),
            [&] { return parts ? "a JWT" : "not a token of any kind"; }))
    return Refusal::kMalformed;
  const auto key = find(parts->header);
  if (!step("key", key != nullptr, [&] {
        return key ? "key " + key->jwk.kid() : "no key that verifies has the name it gives";
      }))
    return Refusal::kUnknownKey;
  auto jws = verify_jws(*parts, *key);
  if (!step("signature", jws.has_value(),
            [&] { return "checked with " + std::string(crypto::to_text(key->jwk.algorithm())); }))
    return Refusal::kMismatch;
  return *std::move(jws);
}

}  // namespace

SignedJwt sign_jwt(Context& context, JwtKeys& keys, Change& change, const User& user,
                   const Session& session, const JwtTerms& terms) {
  const auto key = keys.signing(change.db(), terms.algorithm);
  Time expires_at = change.now() + terms.ttl;
  if (session.expires_at) expires_at = std::min(expires_at, *session.expires_at);
  const JwtClaims claims{.iss = context.config.policy.jwt_issuer,
                         .sub = user.public_id,
                         .aud = terms.audience,
                         .iat = to_unix(change.now()),
                         .nbf = to_unix(change.now()),
                         .exp = to_unix(expires_at),
                         .jti = session.session_id,
                         .username = user.email,
                         .name = user.full_name,
                         .roles = terms.roles.value_or(user.roles),
                         .source = session.source,
                         .more = terms.claims};
  SignedJwt issued{.token = sign_jws(*key, format_jwt_claims(claims)), .expires_at = expires_at};
  if (issued.token.size() > kJwtMax) {
    throw Error(Code::kUsage, "token.size", fmt::format("a JWT has at most {} characters", kJwtMax),
                "fewer roles, audiences or claims");
  }
  const auto row = db::jwks::find(change.db(), key->jwk.kid());
  if (row && row->info.tokens_until < expires_at)
    db::jwks::extend(change.db(), key->jwk.kid(), expires_at + kUntilStep);
  return issued;
}

Verdict judge_jwt(const Context& context, JwtKeys& keys, db::Handle& db, std::string_view text,
                  const std::optional<cache::Point>& read_at, std::vector<Check>* checks) {
  Steps step(checks);
  auto verified = judge_signature(
      text, step, [&](std::string_view header) { return keys.verifying(db, header, read_at); });
  if (const auto* refusal = std::get_if<Refusal>(&verified)) return *refusal;
  const Time now = context.clock.now();
  auto judged =
      judge_claims(std::get<VerifiedJws>(verified), context.config.policy.jwt_issuer, now, step);
  if (const auto* refusal = std::get_if<Refusal>(&judged)) return *refusal;
  auto& claims = std::get<JwtClaims>(judged);

  auto row = db::sessions::find_with_owner(db, claims.jti);
  const bool fits =
      row && row->session.kind == SessionKind::kJwt && row->session.public_id == claims.sub;
  if (!step("session", fits, [&] {
        return fits ? "session " + claims.jti : "no session " + claims.jti + " of that user";
      }))
    return Refusal::kUnknownSession;
  const Session& session = row->session;
  const db::sessions::Owner& owner = row->owner;
  if (!step("owner", !owner.deleted,
            [&] { return "user " + session.public_id + (owner.deleted ? " is deleted" : ""); }))
    return Refusal::kUserDeleted;
  if (!step("revoked", !session.revoked_at, [&] {
        return session.revoked_at ? "revoked at " + format_rfc3339(*session.revoked_at)
                                  : "not revoked";
      }))
    return Refusal::kRevoked;
  if (!step("over", !session.expires_at || now < *session.expires_at + kJwtSkew, [&] {
        return session.expires_at ? "the session ends at " + format_rfc3339(*session.expires_at)
                                  : "the session never ends";
      }))
    return Refusal::kExpired;
  if (!step("status", owner.status == UserStatus::kActive,
            [&] { return "user is " + std::string(to_text(owner.status)); }))
    return Refusal::kUserDisabled;
  Principal principal = principal_of(std::move(claims));
  principal.email = owner.email;  // as it is now
  principal.full_name = owner.full_name;
  return principal;
}

Verdict judge_jwt_offline(const KeySet& keys, std::string_view text, std::string_view issuer,
                          Time now, std::vector<Check>* checks) {
  Steps step(checks);
  auto verified =
      judge_signature(text, step, [&](std::string_view header) { return keys.find(header); });
  if (const auto* refusal = std::get_if<Refusal>(&verified)) return *refusal;
  auto judged = judge_claims(std::get<VerifiedJws>(verified), issuer, now, step);
  if (const auto* refusal = std::get_if<Refusal>(&judged)) return *refusal;
  return principal_of(std::get<JwtClaims>(std::move(judged)));
}

std::optional<std::string> session_of_jwt(JwtKeys& keys, db::Handle& db, std::string_view text) {
  const auto parts = split_jwt(text);
  const auto key = parts ? keys.verifying(db, parts->header) : nullptr;
  const auto jws = key ? verify_jws(*parts, *key) : std::nullopt;
  auto claims = jws ? parse_jwt_claims(jws->payload()) : std::nullopt;
  if (!claims || !is_uuid(claims->jti)) return std::nullopt;
  return std::move(claims->jti);
}

}  // namespace tokctl::auth
