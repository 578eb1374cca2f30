// A user, and what may be one.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/secret.h"

namespace tokctl {

enum class UserStatus { kActive, kDisabled };
std::string_view to_text(UserStatus status);  // active, disabled
std::optional<UserStatus> user_status_from(std::string_view text);

// What may be shown of a user. What may not (PrivateID, password hash) never leaves `db` and
// `auth`.
struct User {
  std::string public_id;
  std::string email;  // A-Z lowercased
  std::string full_name;
  UserStatus status = UserStatus::kActive;
  bool has_password = false;
  Time created_at;
  Time updated_at;
  std::optional<Time> password_set_at;
  std::optional<Time> deleted_at;
  std::vector<std::string> roles;  // what its JWTs say by default
  std::string phone;               // E.164, or empty
  std::optional<Time> email_verified_at;
  std::optional<Time> phone_verified_at;
};

inline constexpr std::size_t kEmailMax = 100;     // characters
inline constexpr std::size_t kFullNameMax = 200;  // characters
inline constexpr std::size_t kRolesMax = 32;      // of one user
inline constexpr std::size_t kPasswordMin = 8;    // characters
inline constexpr std::size_t kPasswordMax = 128;  // characters

// The email as it is stored (A-Z lowercased). Throws Error(kUsage, "user.email") unless it is
// well-formed UTF-8 of at most kEmailMax characters, one `@` with something before it and a
// plausible domain after it, no white space and no control characters. Quoted local parts are not
// taken.
std::string normalize_email(std::string_view email);

// Throws Error(kUsage, "user.name") unless 1..kFullNameMax (at least `min`) characters of
// well-formed UTF-8 without control characters, not all white space. Quotes, emoji and
// right-to-left text are fine.
void check_full_name(std::string_view name, std::size_t min);

// Throws Error(kUsage, "user.role") unless at most kRolesMax different roles, each of the shape of
// a scope.
void check_roles(const std::vector<std::string>& roles);

// Throws Error(kUsage, "user.phone") unless `+` and 7 to 15 digits, the first not 0 (E.164).
void check_phone(std::string_view phone);

// Throws Error(kPolicy, "password.weak") for fewer than kPasswordMin characters, kUsage
// "password.invalid" for more than kPasswordMax, malformed UTF-8 or a NUL. Counts characters, never
// truncates.
void check_password(const SecretString& password);

// A user as a command names one: by email or by PublicID.
struct UserRef {
  std::string email;      // normalized; empty when named by id
  std::string public_id;  // empty when named by email
};
// Tells by the shape. Throws Error(kUsage, "user.reference") when it is neither.
UserRef parse_user_ref(std::string_view text);

}  // namespace tokctl
