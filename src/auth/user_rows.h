// From a user as a command names one to its row. Shared by the use cases.
#pragma once

#include <optional>

#include "db/user.h"
#include "model/user.h"

namespace tokctl::auth {

// Nothing for an unknown or deleted user.
std::optional<db::users::UserRow> find_user(db::Handle& db, const UserRef& ref,
                                            db::Locking lock = db::Locking::kNone);

// Throws Error(kNotFound, "user.not_found").
db::users::UserRow get_user(db::Handle& db, const UserRef& ref,
                            db::Locking lock = db::Locking::kNone);

// Throws Error(kCredential, "user.password_replaced") unless that is the tag of the password that
// is set, or empty.
void check_password_tag(const db::users::UserRow& row, std::string_view tag);

// The same errors wherever they are met.
[[noreturn]] void throw_user_not_found(const UserRef& ref);
[[noreturn]] void throw_user_disabled(const User& user);
[[noreturn]] void throw_user_exists(std::string_view email);

// A user as a message names it: the email or the PublicID, fit for a terminal.
std::string name_of(const UserRef& ref);

}  // namespace tokctl::auth
