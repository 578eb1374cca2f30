// What may be shown of a token that was issued.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "model/api_token.h"
#include "model/refresh_token.h"
#include "model/session.h"
#include "model/token.h"
#include "model/verification_token.h"

namespace tokctl {

// A token of any kind as an inventory shows it: never the credential.
struct TokenInfo {
  TokenType type = TokenType::kWeb;
  std::string id;
  std::string public_id;
  std::string email;       // of its owner
  std::string session_id;  // empty for kinds without one
  std::string source;
  std::string token_name;
  std::vector<std::string> scopes;
  std::string info;
  std::string purpose;  // of a verification
  Time created_at;
  std::optional<Time> expires_at;  // nothing: never
  std::optional<Seconds> idle;     // nothing: however long it is not used
  std::optional<Time> last_used_at;
  std::optional<Time> revoked_at;
  std::optional<Time> ends_at;  // by whatever comes first; nothing: never
  std::string replaced_by;      // the id of its successor, or empty

  bool live(Time now) const { return !revoked_at && (!ends_at || now < *ends_at); }
};

// Without the owner's email, which is not known here.
TokenInfo info_of(const ApiToken& token);
TokenInfo info_of(const Session& session);
TokenInfo info_of(const RefreshToken& token);
TokenInfo info_of(const VerificationToken& token);

}  // namespace tokctl
