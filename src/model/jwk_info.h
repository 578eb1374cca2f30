// What may be shown of a key that signs JWTs.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace tokctl {

enum class JwkState { kSigning, kVerifying, kRetired };
std::string_view to_text(JwkState state);  // signing, verifying, retired

struct JwkInfo {
  std::string kid;
  std::string algorithm;  // as in RFC 7518 §3.1
  JwkState state = JwkState::kSigning;
  Time created_at;
  std::optional<Time> rotated_at;  // since then it verifies only
  std::optional<Time> retired_at;
  Time tokens_until;  // no token that it signed lives longer
};

}  // namespace tokctl
