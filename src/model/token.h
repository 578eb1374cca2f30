// The kinds of token, told by their shape, and the verdict on one.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/clock.h"

namespace tokctl {

enum class TokenType { kWeb, kApi, kJwt, kRefresh, kVerify };
std::string_view to_text(TokenType type);  // web, api, jwt, refresh, verify
std::optional<TokenType> token_type_from(std::string_view text);

// What a successful validation yields, whatever kind the token was of.
struct Principal {
  TokenType type = TokenType::kWeb;
  std::string id;  // the token's public id; of a web token, its session's
  std::string public_id;
  std::string email;
  std::string full_name;
  std::string session_id;  // empty for kinds without one
  std::string source;
  std::vector<std::string> roles;
  std::vector<std::string> scopes;
  std::string token_name;             // empty for kinds without one
  std::string info;                   // a JSON object; empty for kinds without one
  std::vector<std::string> audience;  // for whom a JWT is; empty: anybody
  std::vector<std::pair<std::string, std::string>> claims;  // a JWT's beyond those above
  std::string purpose;                                      // of a verification
  Time issued_at;
  std::optional<Time> expires_at;  // nothing: never
};

// Why a credential was refused. For the operator alone: outside, every refusal reads the same.
enum class Refusal {
  kMalformed,       // not a token of any kind
  kUnknownSession,  // no such session
  kExpired,
  kRevoked,
  kUserDisabled,
  kUserDeleted,
  kMismatch,  // well-formed, but not what was issued: forged, or a field it is bound to has changed
  kUnknownToken,  // no such token
  kIdle,          // not used for longer than it may be idle
  kScope,         // valid, but not for what it was asked for
  kUnknownKey,    // a JWT that names no key of ours, or a retired one
  kIssuer,        // a JWT that somebody else issued
  kNotYet,        // a JWT that begins in the future, or after its end
  kAudience,      // valid, but for somebody else
  kRole,          // valid, but without a role that was asked for
  kUsed,          // good for one use, which it has had
  kReused,        // a refresh token presented again: its family has ended with it
  kPurpose,       // a verification for another purpose
  kTries,         // too many tries of a short code
};
std::string_view to_text(Refusal refusal);

using Verdict = std::variant<Principal, Refusal>;
// Null for a refusal; else part of the verdict, which has to last as long.
inline const Principal* valid(const Verdict& verdict) { return std::get_if<Principal>(&verdict); }

// One step of a validation, as `token validate --explain` shows it.
struct Check {
  std::string_view name;  // shape, session, owner, revoked, expired, ...
  bool passed = false;
  std::string detail;  // never a secret
};

}  // namespace tokctl
