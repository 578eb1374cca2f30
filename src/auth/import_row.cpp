#include "auth/import_row.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "base/utf8.h"
#include "base/uuid.h"
#include "crypto/seal.h"

namespace tokctl::auth {
namespace {

using crypto::PasswordScheme;

constexpr std::size_t kHashThreads = 4;  // as many as PasswordHasher lets in

std::string id_or_new(Context& context, UserField field, std::string& id) {
  if (id.empty()) return make_uuid(context.random);
  if (!is_uuid(id)) {
    throw Error(Code::kUsage, "import.value",
                fmt::format("{} is not a UUID in lower case", to_text(field)));
  }
  return std::move(id);
}

// `$2a$14$...`: well-formed, perhaps, but dearer than a login may be.
bool is_dear_bcrypt(std::string_view hash) {
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  return hash.size() == 60 && hash.starts_with("$2") && hash[3] == '$' && hash[6] == '$' &&
         digit(hash[4]) && digit(hash[5]) &&
         (hash[4] - '0') * 10 + (hash[5] - '0') > crypto::kBcryptCostMax;
}

// The scheme under which an imported hash is checked. What the file calls it has to agree with what
// it looks like.
PasswordScheme judge_hash(const ImportedUser& user) {
  const auto looks = crypto::recognise_hash(user.hash.reveal());
  if (!looks) {
    if (is_dear_bcrypt(user.hash.reveal())) {
      throw Error(Code::kPolicy, "password.cost",
                  fmt::format("the bcrypt hash has a cost above {}", crypto::kBcryptCostMax));
    }
    throw Error(Code::kUsage, "password.hash",
                "the password hash is neither bcrypt nor Argon2 within bounds");
  }
  const PasswordScheme scheme = user.scheme.value_or(*looks);
  const bool salted = scheme == PasswordScheme::kV1 || scheme == PasswordScheme::kKit;
  const PasswordScheme underneath = scheme == PasswordScheme::kV1    ? PasswordScheme::kArgon2
                                    : scheme == PasswordScheme::kKit ? PasswordScheme::kBcrypt
                                                                     : scheme;
  if (underneath != *looks) {
    throw Error(Code::kUsage, "password.scheme",
                fmt::format("the password hash is not one of scheme {}", crypto::to_text(scheme)));
  }
  if (salted && user.private_id.empty()) {
    throw Error(Code::kUsage, "password.scheme",
                fmt::format("a hash of scheme {} needs its private_id", crypto::to_text(scheme)));
  }
  return scheme;
}

void judge_password(const ImportedUser& user) {
  check_password(user.password);
  if (!user.hash.empty() || user.scheme) {
    throw Error(Code::kUsage, "password.twice",
                "a password and a hash or scheme exclude each other");
  }
  // Taken for a password in clear, a hash would let nobody in, and would itself be what an attacker
  // types.
  if (crypto::recognise_hash(user.password.reveal()) || is_dear_bcrypt(user.password.reveal())) {
    throw Error(Code::kUsage, "password.is_hash",
                "the password is a hash: it belongs into the column password_hash");
  }
}

}  // namespace

Candidate judge(Context& context, ImportedUser&& user) {
  Candidate candidate;
  candidate.row.user.email = normalize_email(user.email);
  check_full_name(user.full_name, context.config.policy.full_name_min);
  if (!user.password.empty()) {
    judge_password(user);
    candidate.clear = std::move(user.password);
  } else if (!user.hash.empty()) {
    const PasswordScheme scheme = judge_hash(user);
    candidate.password = HashedPassword{.scheme = scheme, .hash = std::move(user.hash)};
  } else if (user.scheme.value_or(PasswordScheme::kNone) != PasswordScheme::kNone) {
    throw Error(Code::kUsage, "password.scheme", "a password scheme without its hash");
  }
  if (user.from_kit) candidate.kit_email = std::move(user.email);
  candidate.password_set_at = user.password_set_at;
  candidate.row.user.public_id = id_or_new(context, UserField::kPublicId, user.public_id);
  candidate.row.secrets.private_id = id_or_new(context, UserField::kPrivateId, user.private_id);
  candidate.row.user.full_name = std::move(user.full_name);
  candidate.row.user.status = user.status;
  candidate.row.user.created_at = user.created_at.value_or(context.clock.now());
  candidate.row.user.deleted_at = user.deleted_at;
  check_roles(user.roles);
  if (!user.phone.empty()) check_phone(user.phone);
  candidate.row.user.roles = std::move(user.roles);
  candidate.row.user.phone = std::move(user.phone);
  candidate.row.user.email_verified_at = user.email_verified_at;
  candidate.row.user.phone_verified_at = user.phone_verified_at;
  return candidate;
}

void hash_passwords(const Context& context, std::span<Candidate* const> candidates) {
  std::atomic<std::size_t> next{0};
  std::mutex mutex;
  std::exception_ptr failure;
  const auto work = [&] {
    try {
      for (std::size_t i = next++; i < candidates.size(); i = next++) {
        Candidate& candidate = *candidates[i];
        candidate.password =
            hash_password(context, candidate.clear, candidate.row.secrets.private_id);
        candidate.clear = {};
      }
    } catch (...) {
      const std::lock_guard lock(mutex);
      failure = std::current_exception();
    }
  };
  const std::size_t useful =
      std::min({candidates.size(), kHashThreads, std::size_t{std::thread::hardware_concurrency()}});
  {
    std::vector<std::jthread> helpers;
    for (std::size_t i = 1; i < useful; ++i) helpers.emplace_back(work);
    work();
  }
  if (failure) std::rethrow_exception(failure);
}

Error email_exists(const User& user) {
  return Error(Code::kConflict, "user.exists",
               fmt::format("user {} already exists", printable(user.email)));
}

Error id_exists(const User& user) {
  return Error(Code::kConflict, "user.id_exists",
               fmt::format("a user of id {} already exists", user.public_id));
}

std::optional<Error> clash(db::Handle& db, const Candidate& candidate) {
  const User& user = candidate.row.user;
  if (!user.deleted_at && db::users::find_by_email(db, user.email)) return email_exists(user);
  if (db::users::find(db, user.public_id)) return id_exists(user);
  return std::nullopt;
}

std::optional<Error> store(Context& context, Change& change, Candidate& candidate,
                           std::string_view format) {
  db::users::UserRow& row = candidate.row;
  const std::string& id = row.user.public_id;
  row.user.updated_at = change.now();
  if (candidate.password) {
    set_password(context, change.active_key(), *candidate.password,
                 candidate.password_set_at.value_or(change.now()), row);
  } else {
    set_no_password(context, row);
  }
  if (!candidate.kit_email.empty() && candidate.password) {
    const auto seal = [&](std::string_view text, std::string_view column) {
      return crypto::seal(context.keyring, change.active_key(), text,
                          {.table = "users", .key = id, .column = column}, context.random);
    };
    row.secrets.kit_hash = seal(candidate.password->hash.reveal(), "kit_hash");
    row.secrets.kit_email = seal(candidate.kit_email, "kit_email");
  }
  try {
    db::Savepoint savepoint(change.db());
    db::users::insert(change.db(), row);
    savepoint.keep();
  } catch (const db::DbError& error) {
    if (error.trouble() != db::Trouble::kUnique) throw;
    // Asked only now, for in most files hardly anybody is there already.
    if (auto found = clash(change.db(), candidate)) return found;
    throw;
  }
  change.record("user.imported", id, id,
                {{"email", std::string_view(row.user.email)},
                 {"status", to_text(row.user.status)},
                 {"format", format}});
  return std::nullopt;
}

}  // namespace tokctl::auth
