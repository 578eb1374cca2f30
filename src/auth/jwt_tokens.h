// JWTs: what one is asked for, and what becomes of it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/secret.h"
#include "cache/entry.h"
#include "crypto/jws_algorithm.h"
#include "model/session.h"
#include "model/token.h"
#include "model/token_info.h"
#include "model/user.h"

namespace tokctl::db {
class Handle;
}

namespace tokctl::auth {

struct Context;
class Change;
class JwtKeys;
class KeySet;

// What a JWT says beyond who it is about; a refresh token keeps it for the next one.
struct JwtTerms {
  std::vector<std::string> audience;
  std::optional<std::vector<std::string>> roles;            // nothing: those that the user has
  std::vector<std::pair<std::string, std::string>> claims;  // under names of their own
  Seconds ttl = std::chrono::hours(1);
  std::optional<crypto::JwsAlgorithm> algorithm;  // nothing: as JwtKeys::signing chooses
};

struct IssueJwt {
  JwtTerms terms;
  std::string source;
  bool single = false;                 // as for IssueWeb
  bool with_refresh = false;           // also the first of a family of refresh tokens
  std::optional<Seconds> refresh_ttl;  // of the whole family; nothing: as the policy has it
  std::string password_tag = {};       // as for IssueWeb
};

struct IssuedJwt {
  SecretString token;    // shown once
  SecretString refresh;  // shown once; empty without
  TokenInfo info;        // of the JWT
  std::optional<TokenInfo> refresh_info;
  std::int64_t sessions_revoked = 0;
};

// Throws Error(kUsage, "token.audience", "token.claim", "user.role", "token.ttl").
void check_terms(const JwtTerms& terms);

std::string format_terms(const JwtTerms& terms);
// Throws Error(kIntegrity, "token.damaged").
JwtTerms parse_terms(std::string_view json);

struct SignedJwt {
  SecretString token;
  Time expires_at;
};
// Signs a JWT about the session and its user: it lives no longer than the session. Throws
// Error(kNotFound, "jwk.none"), kUsage "token.size" when it would be longer than kJwtMax.
SignedJwt sign_jwt(Context& context, JwtKeys& keys, Change& change, const User& user,
                   const Session& session, const JwtTerms& terms);

// Judges a JWT: shape, key, signature, claims, times (with kJwtSkew), issuer, then its session and
// user as those of a web token. With `checks`, notes each step. `read_at` as for
// JwtKeys::verifying.
Verdict judge_jwt(const Context& context, JwtKeys& keys, db::Handle& db, std::string_view text,
                  const std::optional<cache::Point>& read_at, std::vector<Check>* checks);

// Judges what a JWT itself can show: everything up to the session. Whether that lives only the
// database knows.
Verdict judge_jwt_offline(const KeySet& keys, std::string_view text, std::string_view issuer,
                          Time now, std::vector<Check>* checks);

// The SessionID of a JWT that a key of ours has signed, whatever its state.
std::optional<std::string> session_of_jwt(JwtKeys& keys, db::Handle& db, std::string_view text);

}  // namespace tokctl::auth
