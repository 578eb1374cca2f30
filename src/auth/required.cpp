// What is asked of a token beyond being valid.
#include <algorithm>

#include "auth/api_tokens.h"
#include "auth/steps.h"

namespace tokctl::auth {

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
