#include "auth/user_rows.h"

#include <fmt/format.h>

#include "base/error.h"
#include "base/utf8.h"

namespace tokctl::auth {

std::optional<db::users::UserRow> find_user(db::Handle& db, const UserRef& ref, db::Locking lock) {
  auto row = ref.public_id.empty() ? db::users::find_by_email(db, ref.email, lock)
                                   : db::users::find(db, ref.public_id, lock);
  if (row && row->user.deleted_at) row.reset();
  return row;
}

db::users::UserRow get_user(db::Handle& db, const UserRef& ref, db::Locking lock) {
  auto row = find_user(db, ref, lock);
  if (!row) throw_user_not_found(ref);
  return std::move(*row);
}

void check_password_tag(const db::users::UserRow& row, std::string_view tag) {
  if (tag.empty() || tag == row.secrets.password_tag) return;
  throw Error(Code::kCredential, "user.password_replaced",
              fmt::format("the password of user {} was replaced meanwhile",
                          name_of({.email = row.user.email})));
}

void throw_user_not_found(const UserRef& ref) {
  throw Error(Code::kNotFound, "user.not_found", fmt::format("user {} not found", name_of(ref)),
              "tokctl user list");
}

void throw_user_exists(std::string_view email) {
  const std::string name = printable(email);
  throw Error(Code::kConflict, "user.exists", fmt::format("user {} already exists", name),
              fmt::format("tokctl user get {}", name));
}

void throw_user_disabled(const User& user) {
  const std::string name = printable(user.email);
  throw Error(Code::kPolicy, "user.disabled", fmt::format("user {} is disabled", name),
              fmt::format("tokctl user enable {}", name));
}

std::string name_of(const UserRef& ref) {
  return printable(ref.public_id.empty() ? ref.email : ref.public_id);
}

}  // namespace tokctl::auth
