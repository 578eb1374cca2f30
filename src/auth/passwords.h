// A user's password as it is stored: hashed, sealed, and tagged for the tokens that hang on it.
#pragma once

#include <optional>
#include <string_view>

#include "auth/context.h"
#include "db/user.h"

namespace tokctl::auth {

// A hash that is ready to be stored. Made before any transaction: it takes tens of milliseconds.
struct HashedPassword {
  crypto::PasswordScheme scheme = crypto::PasswordScheme::kV1;
  SecretString hash;
};
HashedPassword hash_password(const Context& context, const SecretString& password,
                             std::string_view private_id);

// Puts a new password in the row: the tag changes with it, so every token of the user dies.
void set_password(const Context& context, std::string_view key_id, const HashedPassword& password,
                  Time now, db::users::UserRow& row);

// Puts the same password under another hash: the tag stays, tokens live.
void replace_hash(const Context& context, std::string_view key_id, const HashedPassword& password,
                  db::users::UserRow& row);

// A user without a password: nothing matches, and the tag is random, since tokens hang on it all
// the same.
void set_no_password(const Context& context, db::users::UserRow& row);

// The stored hash, opened; empty when there is none. Throws Error(kIntegrity, "seal.broken").
SecretString stored_hash(const Context& context, const db::users::UserRow& row);

// Forgets what was kept for sessions imported from kit.
void forget_kit(db::users::UserRow& row);

}  // namespace tokctl::auth
