// The table `users`.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "db/handle.h"
#include "model/page.h"
#include "model/user.h"

namespace tokctl::db::users {

// What is stored of a user beyond what may be shown. Hashes are sealed; the PrivateID is not for
// any eye either.
struct Secrets {
  std::string private_id;
  std::string password_scheme;               // none, v1, argon2, bcrypt, kit
  std::optional<std::string> password_hash;  // sealed at (users, public_id, password_hash)
  std::string password_tag;                  // hex
  std::optional<std::string> kit_hash;       // sealed at (users, public_id, kit_hash)
  std::optional<std::string> kit_email;      // sealed at (users, public_id, kit_email)
};

struct UserRow {
  User user;
  Secrets secrets;
};

// Throws DbError(kUnique) when the id or, among users not deleted, the email is taken.
void insert(Handle& db, const UserRow& row);

// By id, deleted or not. `lock`: for a change that depends on what it reads.
std::optional<UserRow> find(Handle& db, std::string_view public_id, Locking lock = Locking::kNone);
// By email, among users not deleted.
std::optional<UserRow> find_by_email(Handle& db, std::string_view email,
                                     Locking lock = Locking::kNone);

// The ids of at most `limit` deleted users that had this email.
std::vector<std::string> deleted_with_email(Handle& db, std::string_view email, std::size_t limit);

// Writes back every column but public_id, private_id and created_at, live_email following
// deleted_at. Throws DbError(kUnique) when the email is taken. False when there is no such row.
bool update(Handle& db, const UserRow& row);

// A page in one of these orders. `after` is the last row of the page before (its key columns are
// used), or nothing.
enum class Order { kEmail, kCreated };
struct Query {
  Order order = Order::kEmail;
  bool descending = false;
  bool deleted = false;  // only deleted users, which no other list shows; with kCreated
  std::optional<UserStatus> status;
  std::size_t limit = kPageMax;
};
std::vector<UserRow> list(Handle& db, const Query& query, const User* after);

// For completion: at most `limit` emails that begin with `prefix`, in order.
std::vector<std::string> emails_with_prefix(Handle& db, std::string_view prefix, std::size_t limit);
// The same of PublicIDs.
std::vector<std::string> ids_with_prefix(Handle& db, std::string_view prefix, std::size_t limit);

// The ids, in order and beyond `after`, of at most `limit` users for whom something of kit's is
// kept, and who were not changed since `before`.
std::vector<std::string> ids_with_kit(Handle& db, Time before, std::string_view after,
                                      std::size_t limit);

std::int64_t count(Handle& db);

}  // namespace tokctl::db::users
