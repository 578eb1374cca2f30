// A refresh token: exchanged, once, for the next one and a new JWT.
#pragma once

#include <optional>
#include <string>

#include "base/clock.h"

namespace tokctl {

struct RefreshToken {
  std::string id;
  std::string session_id;  // its family: ends it when it ends
  std::string public_id;   // whose it is
  std::string root_key_id;
  std::string terms;  // a JSON object: what the next JWT is issued with
  Time created_at;
  Time expires_at;
  std::optional<Time> used_at;
  std::string successor_id;  // of a used one
};

// How long after its use a token that is presented again gets the same successor, as long as nobody
// has used that: the answer to the first may have been lost on its way.
inline constexpr Seconds kRefreshGrace{10};

}  // namespace tokctl
