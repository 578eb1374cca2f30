#include "auth/api_tokens.h"

#include <algorithm>

#include "auth/lookup.h"
#include "auth/steps.h"
#include "base/time_text.h"
#include "model/opaque_token.h"

namespace tokctl::auth {
namespace {

Principal principal_of(const db::api_tokens::WithOwner& row) {
  Principal principal;
  principal.type = TokenType::kApi;
  principal.id = row.token.id;
  principal.public_id = row.token.public_id;
  principal.email = row.owner.email;
  principal.full_name = row.owner.full_name;
  principal.scopes = row.token.scopes;
  principal.token_name = row.token.name;
  principal.info = row.token.info;
  principal.issued_at = row.token.created_at;
  principal.expires_at = row.token.expires_at;
  return principal;
}

}  // namespace

std::optional<db::api_tokens::WithOwner> find_api_token(const Context& context, db::Handle& db,
                                                        std::string_view text) {
  if (parse_opaque_token(text) != TokenType::kApi) return std::nullopt;
  return find_by_lookup(context, text, [&](const std::string& digest) {
    return db::api_tokens::find_with_owner(db, digest);
  });
}

Verdict judge_api_token(const std::optional<db::api_tokens::WithOwner>& row, Time now,
                        std::vector<Check>* checks) {
  Steps step(checks);
  step("shape", true, [] { return "an opaque token"; });
  if (!step("token", row.has_value(),
            [&] { return row ? "token " + row->token.id : "no such token"; }))
    return Refusal::kUnknownToken;
  const ApiToken& token = row->token;
  const db::api_tokens::Owner& owner = row->owner;
  if (!step("owner", !owner.deleted,
            [&] { return "user " + token.public_id + (owner.deleted ? " is deleted" : ""); }))
    return Refusal::kUserDeleted;
  if (!step("revoked", !token.revoked_at, [&] {
        return token.revoked_at ? "revoked at " + format_rfc3339(*token.revoked_at) : "not revoked";
      }))
    return Refusal::kRevoked;
  if (!step("expired", !token.expires_at || now < *token.expires_at, [&] {
        return token.expires_at ? "expires at " + format_rfc3339(*token.expires_at)
                                : "never expires";
      }))
    return Refusal::kExpired;
  const auto idle_end = token.idle_ends_at();
  if (!step("idle", !idle_end || now < *idle_end, [&] {
        return idle_end ? "unused, it lapses at " + format_rfc3339(*idle_end)
                        : "may be idle for ever";
      }))
    return Refusal::kIdle;
  if (!step("status", owner.status == UserStatus::kActive,
            [&] { return "user is " + std::string(to_text(owner.status)); }))
    return Refusal::kUserDisabled;
  return principal_of(*row);
}

Verdict require(Verdict verdict, const Required& required, std::vector<Check>* checks) {
  const Principal* principal = valid(verdict);
  if (principal == nullptr) return verdict;
  Steps step(checks);
  if (!required.scopes.empty()) {
    const auto missing = missing_scope(principal->scopes, required.scopes);
    if (!step("scope", !missing, [&] {
          return missing ? "scope " + *missing + " is missing" : "has every scope asked for";
        }))
      return Refusal::kScope;
  }
  if (!required.roles.empty()) {
    const auto missing = missing_scope(principal->roles, required.roles);
    if (!step("role", !missing, [&] {
          return missing ? "role " + *missing + " is missing" : "has every role asked for";
        }))
      return Refusal::kRole;
  }
  if (!required.audience.empty()) {
    const bool meant =
        std::ranges::find(principal->audience, required.audience) != principal->audience.end();
    if (!step("audience", meant,
              [&] { return meant ? "for whoever asks" : "for somebody else than who asks"; }))
      return Refusal::kAudience;
  }
  return verdict;
}

std::optional<Refusal> lacks(const Principal& principal, const Required& required) {
  if (missing_scope(principal.scopes, required.scopes)) return Refusal::kScope;
  if (missing_scope(principal.roles, required.roles)) return Refusal::kRole;
  if (!required.audience.empty() &&
      std::ranges::find(principal.audience, required.audience) == principal.audience.end())
    return Refusal::kAudience;
  return std::nullopt;
}

}  // namespace tokctl::auth
