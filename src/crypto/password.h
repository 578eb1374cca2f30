// Passwords: hashing, checking, and the hashes that imported users bring.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <semaphore>
#include <string_view>

#include "base/secret.h"
#include "crypto/mac.h"

namespace tokctl::crypto {

// How a stored hash was made, hence how a password is checked against it.
enum class PasswordScheme {
  kNone,    // no password set: nothing matches
  kV1,      // Argon2id over PrivateID ":" password; what tokctl writes
  kArgon2,  // an imported PHC string (Argon2i or Argon2id) over the password alone
  kBcrypt,  // an imported bcrypt string over the password alone
  kKit,     // kit's bcrypt over PrivateID + password, of which bcrypt sees 72 bytes
};
std::string_view to_text(PasswordScheme scheme);  // none, v1, argon2, bcrypt, kit
std::optional<PasswordScheme> password_scheme_from(std::string_view text);

// Argon2id's cost. RFC 9106 §4's second recommendation with a single lane.
struct Argon2Cost {
  std::uint64_t passes = 3;
  std::size_t memory = 64U << 20;  // bytes
};

// The most an imported hash may ask for, so that nobody's import makes every login expensive.
inline constexpr int kBcryptCostMax = 12;
inline constexpr std::size_t kArgon2MemoryMax = 256U << 20;  // bytes
inline constexpr unsigned kArgon2PassesMax = 10;

// Whether `hash` is a string this program can check: its scheme (kArgon2 or kBcrypt), or nothing.
// Bounds: bcrypt cost 4 to kBcryptCostMax in the forms $2a$, $2b$, $2y$; Argon2 m at most 256 MiB,
// t at most 10, p at most 4.
std::optional<PasswordScheme> recognise_hash(std::string_view hash);

// Hashes and checks passwords. Each takes tens of megabytes and milliseconds, so at most four run
// at once in a process; the rest wait. Thread-safe. Throws Error(kUnavailable, "memory.short") when
// the memory is not to be had. Passwords hold no NUL (model/user.h refuses it): bcrypt would stop
// there.
class PasswordHasher {
 public:
  // Throws std::invalid_argument for a cost beyond what recognise_hash accepts.
  explicit PasswordHasher(Argon2Cost cost = {});

  // A PHC string, scheme kV1.
  SecretString hash(const SecretString& password, std::string_view private_id) const;

  // Whether `password` belongs to `hash`. kNone costs the same as kV1 and is never true, so that a
  // missing user takes no less time than a present one. A hash that is not of its scheme does not
  // match.
  bool verify(PasswordScheme scheme, const SecretString& hash, std::string_view private_id,
              const SecretString& password) const;

  // Whether a hash that just verified should be replaced by one of today's cost. Never for a bcrypt
  // that did not see the whole password (kit beyond 36 bytes, plain bcrypt beyond 72): it proved
  // only a prefix.
  bool should_rehash(PasswordScheme scheme, const SecretString& hash,
                     const SecretString& password) const;

 private:
  Argon2Cost cost_;
  mutable std::counting_semaphore<4> slots_{4};
};

// SHA-256 of the hash string at the time the password was set: what a web token is bound to. Only a
// new password changes it; a rehash keeps it.
Digest password_tag(const SecretString& hash);

}  // namespace tokctl::crypto
