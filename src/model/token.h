// The kinds of token, told by their shape, and the verdict on one.
#pragma once

#include <optional>
#include <string>
#include <string_view>
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
  std::string token_name;  // empty for kinds without one
  std::string info;        // a JSON object; empty for kinds without one
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
};
std::string_view to_text(Refusal refusal);

using Verdict = std::variant<Principal, Refusal>;
inline const Principal* valid(const Verdict& verdict) { return std::get_if<Principal>(&verdict); }

// One step of a validation, as `token validate --explain` shows it.
struct Check {
  std::string_view name;  // shape, session, owner, revoked, expired, ...
  bool passed = false;
  std::string detail;  // never a secret
};

}  // namespace tokctl
