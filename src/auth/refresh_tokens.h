// Refresh tokens: families that hang on a session, each token good for one exchange.
#pragma once

#include <optional>
#include <string_view>
#include <variant>
#include <vector>

#include "auth/jwt_tokens.h"
#include "base/secret.h"
#include "model/refresh_token.h"
#include "model/session.h"
#include "model/token.h"
#include "model/token_info.h"

namespace tokctl::auth {

// A refresh token exchanged for the next one and a JWT.
struct Refreshed {
  SecretString token;  // the JWT
  SecretString refresh;
  TokenInfo info;  // of the JWT
  TokenInfo refresh_info;
  bool repeated = false;  // the same successor as before, within the grace
};
using RefreshVerdict = std::variant<Refreshed, Refusal>;

struct NewRefresh {
  SecretString text;
  RefreshToken token;
};
// The first token of the family that `session` begins.
NewRefresh begin_family(Context& context, Change& change, const Session& session,
                        const JwtTerms& terms);

// The row of a refresh token, whatever its state.
std::optional<RefreshToken> find_refresh_token(const Context& context, db::Handle& db,
                                               std::string_view text);

// Whether an exchange would be answered, without making it.
Verdict judge_refresh_token(const Context& context, db::Handle& db, std::string_view text,
                            std::vector<Check>* checks);

}  // namespace tokctl::auth
