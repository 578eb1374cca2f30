// From what a file says of a user to its row: judged, hashed, stored. Internal to UserImport.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "auth/change.h"
#include "auth/context.h"
#include "auth/passwords.h"
#include "auth/user_file.h"
#include "base/error.h"
#include "db/user.h"

namespace tokctl::auth {

// A user that may be stored, but for the password, whose hash takes a while and is sealed under the
// key of the day.
struct Candidate {
  db::users::UserRow row;
  SecretString clear;                      // a password still to be hashed; empty: none
  std::optional<HashedPassword> password;  // one that is hashed
  std::optional<Time> password_set_at;
  std::string kit_email;  // not empty: kept, with the hash, for sessions of kit
};

// Throws Error, of kUsage or kPolicy, for what may not be a user.
Candidate judge(Context& context, ImportedUser&& user);

// Hashes the passwords in clear, several at once.
void hash_passwords(const Context& context, std::span<Candidate* const> candidates);

// Who has the id, or the email, that this user would take: Error(kConflict).
std::optional<Error> clash(db::Handle& db, const Candidate& candidate);
Error email_exists(const User& user);
Error id_exists(const User& user);

// Inserts the row and records the event; or what it clashes with.
std::optional<Error> store(Context& context, Change& change, Candidate& candidate,
                           std::string_view format);

}  // namespace tokctl::auth
