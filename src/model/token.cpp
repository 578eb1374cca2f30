#include "model/token.h"

#include "base/names.h"

namespace tokctl {
namespace {

constexpr auto kTypeNames = names_of<TokenType>("web", "api", "jwt", "refresh", "verify");
constexpr auto kRefusalNames = names_of<Refusal>(
    "malformed", "unknown_session", "expired", "revoked", "user_disabled", "user_deleted",
    "mismatch", "unknown_token", "idle", "missing_scope", "unknown_key", "issuer", "not_yet",
    "audience", "missing_role", "used", "reused", "purpose", "too_many_tries");

}  // namespace

std::string_view to_text(TokenType type) { return kTypeNames[type]; }
std::optional<TokenType> token_type_from(std::string_view text) { return kTypeNames.find(text); }

std::string_view to_text(Refusal refusal) { return kRefusalNames[refusal]; }

}  // namespace tokctl
