// Users in a file: what its records say, before anybody judges it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "auth/user_import.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/secret.h"
#include "crypto/password.h"
#include "model/text_input.h"
#include "model/user.h"

namespace tokctl::auth {

// The columns of a CSV file and the members of a JSON line. Those that are secrets are written only
// when asked for.
enum class UserField {
  kPublicId,
  kEmail,
  kFullName,
  kStatus,
  kCreatedAt,
  kDeletedAt,
  kPrivateId,
  kPasswordScheme,
  kPasswordHash,
  kPasswordSetAt,
  kRoles,  // separated by spaces
  kPhone,
  kEmailVerifiedAt,
  kPhoneVerifiedAt,
  kPassword,  // in clear; read, never written
};
std::string_view to_text(UserField field);  // public_id, email, ...
std::optional<UserField> user_field_from(std::string_view text);

struct ImportedUser {
  std::string public_id;   // empty: it gets a new one
  std::string private_id;  // likewise
  std::string email;       // as in the file
  std::string full_name;
  UserStatus status = UserStatus::kActive;
  SecretString password;                         // in clear; empty: none
  SecretString hash;                             // instead of it
  std::optional<crypto::PasswordScheme> scheme;  // of the hash; nothing: by its looks
  bool from_kit = false;  // sessions of kit may hang on the hash and the exact email
  std::optional<Time> created_at, deleted_at, password_set_at;
  std::vector<std::string> roles;
  std::string phone;
  std::optional<Time> email_verified_at, phone_verified_at;
};

struct UserRecord {
  std::int64_t line = 0;
  ImportedUser user;
  std::optional<Error> fault;  // then the user means nothing
};

// Reads a file record by record in constant memory.
class UserReader {
 public:
  virtual ~UserReader() = default;
  // False at the end.
  virtual bool next(UserRecord& record) = 0;
  virtual std::int64_t bytes() const = 0;
};

// Throws Error(kUsage, "import.header") when a CSV file does not begin with a header that names
// columns of users.
std::unique_ptr<UserReader> open_user_reader(UserFormat format, ReadBytes file);

}  // namespace tokctl::auth
