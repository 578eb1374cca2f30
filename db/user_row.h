// A row of `users` as a query returns it.
#pragma once

#include "db/handle.h"
#include "db/sql.h"
#include "db/user.h"

namespace tokctl::db::users {

inline constexpr Part kColumns =
    "users.public_id, email, full_name, status, users.created_at, updated_at, password_set_at,"
    " deleted_at, private_id, password_scheme, password_hash, password_tag, kit_hash, kit_email";

// The user in a row that has kColumns from `first` on.
UserRow user_row(const Row& row, int first);

}  // namespace tokctl::db::users
