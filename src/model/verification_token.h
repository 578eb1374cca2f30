// A verification token: proof, to be spent once, that somebody received a message.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/random.h"
#include "base/secret.h"

namespace tokctl {

enum class Purpose {
  kEmailVerification,
  kPhoneVerification,
  kPasswordReset,
  kTwoFactorAuth,
  kAccountDeactivation
};
std::string_view to_text(Purpose purpose);  // email_verification ...
std::optional<Purpose> purpose_from(std::string_view text);

struct VerificationToken {
  std::string id;
  std::string public_id;  // whose it is
  Purpose purpose = Purpose::kEmailVerification;
  std::string root_key_id;
  Time created_at;
  Time expires_at;
  std::optional<Time> used_at;
  std::int64_t tries = 0;  // of a short code, since tries_since, also of codes before this one
  Time tries_since;
};

// A short code may be guessed: so often in so long for each user and purpose, however many codes
// are issued meanwhile. Six digits then fall to a guesser once in 2,083 days.
inline constexpr std::int64_t kCodeTries = 5;
inline constexpr Seconds kCodeWindow = std::chrono::minutes(15);

inline constexpr std::size_t kCodeMin = 6;  // digits
inline constexpr std::size_t kCodeMax = 10;

// `digits` of them, each as likely as any other.
SecretString make_code(std::size_t digits, Random& random);
// kCodeMin to kCodeMax decimal digits.
bool is_code(std::string_view text);

}  // namespace tokctl
