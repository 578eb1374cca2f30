#include "auth/users.h"

#include <fmt/format.h>

#include <algorithm>

#include "auth/change.h"
#include "auth/page_token.h"
#include "auth/passwords.h"
#include "auth/read.h"
#include "auth/token_kind.h"
#include "auth/user_rows.h"
#include "auth/verification_tokens.h"
#include "base/error.h"
#include "base/utf8.h"
#include "base/uuid.h"
#include "db/session.h"
#include "db/user.h"
#include "db/verification_token.h"
#include "model/api_token.h"

namespace tokctl::auth {
namespace {

// Stores the row as changed now. Its email may have been taken by somebody else meanwhile.
void store(Change& change, db::users::UserRow& row) {
  row.user.updated_at = change.now();
  try {
    db::users::update(change.db(), row);
  } catch (const db::DbError& error) {
    if (error.trouble() == db::Trouble::kUnique) throw_user_exists(row.user.email);
    throw;
  }
}

// Ends what hangs on the fields that a change is about to replace.
std::int64_t end_sessions(Change& change, db::users::UserRow& row,
                          std::optional<SessionKind> kind) {
  forget_kit(row);
  return db::sessions::revoke_all(change.db(), row.user.public_id, kind, {}, change.now());
}

void end_verifications(Change& change, const User& user) {
  db::verification_tokens::void_all(change.db(), user.public_id, {}, change.now());
}

// A new password for a user, hashed before the transaction began, for somebody with `private_id`.
struct NewPassword {
  std::string private_id;
  HashedPassword hashed;
};

NewPassword hash_for(Context& context, const UserRef& ref, const SecretString& password) {
  std::string private_id =
      read(context, [&](db::Handle& db) { return get_user(db, ref).secrets.private_id; });
  auto hashed = hash_password(context, password, private_id);
  return {.private_id = std::move(private_id), .hashed = std::move(hashed)};
}

UserChange replace_password(Context& context, Change& change, const UserRef& ref,
                            const NewPassword& password, bool by_token) {
  auto row = get_user(change.db(), ref, db::Locking::kRows);
  // By email, the name may have passed to somebody else since; the hash is bound to the first
  // one's PrivateID.
  if (row.secrets.private_id != password.private_id) throw_user_not_found(ref);
  auth::set_password(context, change.active_key(), password.hashed, change.now(), row);
  UserChange result{.changed = true};
  result.sessions_revoked = end_sessions(change, row, std::nullopt);
  end_verifications(change, row.user);
  store(change, row);
  const std::string& id = row.user.public_id;
  if (by_token) {
    change.record("user.password_set", id, id,
                  {{"sessions_revoked", result.sessions_revoked}, {"by_token", true}});
  } else {
    change.record("user.password_set", id, id, {{"sessions_revoked", result.sessions_revoked}});
  }
  result.user = row.user;
  return result;
}

std::vector<std::string> roles_after(std::vector<std::string> roles, const UserUpdate& update) {
  check_roles(update.add_roles);
  check_roles(update.remove_roles);
  for (const std::string& role : update.add_roles) {
    if (std::ranges::find(roles, role) == roles.end()) roles.push_back(role);
  }
  for (const std::string& role : update.remove_roles) std::erase(roles, role);
  check_roles(roles);
  return roles;
}

}  // namespace

User Users::create(const NewUser& request) {
  const std::string email = normalize_email(request.email);
  check_full_name(request.full_name, context_.config.policy.full_name_min);
  if (request.password) check_password(*request.password);
  check_roles(request.roles);
  if (!request.phone.empty()) check_phone(request.phone);

  db::users::UserRow row;
  row.user.public_id = make_uuid(context_.random);
  row.user.email = email;
  row.user.full_name = request.full_name;
  row.user.status = request.status;
  row.user.roles = request.roles;
  row.user.phone = request.phone;
  row.secrets.private_id = make_uuid(context_.random);
  std::optional<HashedPassword> password;
  if (request.password) {
    password = hash_password(context_, *request.password, row.secrets.private_id);
  } else {
    set_no_password(context_, row);
  }

  return write(context_, [&](Change& change) {
    row.user.created_at = row.user.updated_at = change.now();
    if (password) auth::set_password(context_, change.active_key(), *password, change.now(), row);
    try {
      db::users::insert(change.db(), row);
    } catch (const db::DbError& error) {
      if (error.trouble() == db::Trouble::kUnique) throw_user_exists(email);
      throw;
    }
    change.record("user.created", row.user.public_id, row.user.public_id,
                  {{"email", std::string_view(email)}, {"status", to_text(row.user.status)}});
    return row.user;
  });
}

std::optional<User> Users::find(const UserRef& ref, bool active_only) {
  auto row = read(context_, [&](db::Handle& db) { return find_user(db, ref); });
  if (!row || (active_only && row->user.status != UserStatus::kActive)) return std::nullopt;
  return std::move(row->user);
}

User Users::get(const UserRef& ref, bool active_only) {
  auto user = find(ref, active_only);
  if (!user) throw_user_not_found(ref);
  return std::move(*user);
}

Page<User> Users::list(const UserQuery& query) {
  check_page_limit(query.limit);
  const bool by_created = query.deleted || query.order == UserQuery::Order::kCreated;
  const std::string_view order = query.deleted ? "users-deleted"
                                 : by_created  ? "users-created"
                                               : "users-email";

  std::optional<User> after;
  if (!query.page_token.empty()) {
    after.emplace();
    if (by_created) {
      const auto keys = parse_page_token(query.page_token, order, 2);
      after->created_at = from_unix(page_token_integer(keys[0]));
      after->public_id = keys[1];
    } else {
      after->email = parse_page_token(query.page_token, order, 1)[0];
    }
  }

  const db::users::Query rows{
      .order = by_created ? db::users::Order::kCreated : db::users::Order::kEmail,
      .descending = query.descending,
      .deleted = query.deleted,
      .status = query.status,
      .limit = query.limit + 1};
  Page<User> page;
  for (auto& row : read(context_, [&](db::Handle& db) {
         return db::users::list(db, rows, after ? &*after : nullptr);
       }))
    page.rows.push_back(std::move(row.user));
  if (drop_surplus(page.rows, query.limit)) {
    const User& last = page.rows.back();
    page.next = by_created
                    ? make_page_token(
                          order, {fmt::format_int(to_unix(last.created_at)).str(), last.public_id})
                    : make_page_token(order, {last.email});
  }
  return page;
}

UserChange Users::update(const UserRef& ref, const UserUpdate& update) {
  std::optional<std::string> email;
  if (update.email) email = normalize_email(*update.email);
  if (update.full_name) check_full_name(*update.full_name, context_.config.policy.full_name_min);
  if (update.phone && !update.phone->empty()) check_phone(*update.phone);

  return write(context_, [&](Change& change) {
    auto row = get_user(change.db(), ref, db::Locking::kRows);
    const bool new_email = email && *email != row.user.email;
    const bool new_name = update.full_name && *update.full_name != row.user.full_name;
    const bool new_phone = update.phone && *update.phone != row.user.phone;
    const auto roles = roles_after(row.user.roles, update);
    const bool new_roles = roles != row.user.roles;
    UserChange result{.changed = new_email || new_name || new_phone || new_roles};
    if (result.changed) {
      if (new_email) {
        row.user.email = *email;
        row.user.email_verified_at.reset();
        result.sessions_revoked = end_sessions(change, row, SessionKind::kWeb);
      }
      if (new_name) row.user.full_name = *update.full_name;
      if (new_phone) {
        row.user.phone = *update.phone;
        row.user.phone_verified_at.reset();
      }
      if (new_email || new_phone) end_verifications(change, row.user);
      row.user.roles = roles;
      store(change, row);
      change.record("user.updated", row.user.public_id, row.user.public_id,
                    {{"email", new_email},
                     {"full_name", new_name},
                     {"phone", new_phone},
                     {"roles", std::string_view(join_scopes(roles))},
                     {"sessions_revoked", result.sessions_revoked}});
    }
    result.user = row.user;
    return result;
  });
}

UserChange Users::set_password(const UserRef& ref, const SecretString& password) {
  check_password(password);
  // Never changes, so reading it ahead is safe.
  const NewPassword replacement = hash_for(context_, ref, password);
  return write(context_, [&](Change& change) {
    return replace_password(context_, change, ref, replacement, false);
  });
}

Users::Reset Users::reset_password(const UserRef& ref, const SecretString& token,
                                   const SecretString& password) {
  check_password(password);
  const Verification request{
      .text = token.reveal(), .purpose = Purpose::kPasswordReset, .user = ref};
  // A token that is refused anyway is not worth a hash. A code is judged once, below: each look at
  // it counts.
  if (!is_code(request.text)) {
    const Verdict verdict = read(context_, [&](db::Handle& db) {
      return judge_verification_token(context_, db, request.text, nullptr);
    });
    if (const auto* refusal = std::get_if<Refusal>(&verdict)) return *refusal;
  }
  const NewPassword replacement = hash_for(context_, ref, password);
  return write(context_, [&](Change& change) -> Reset {
    const Verdict verdict = spend_verification(context_, change, request);
    if (const auto* refusal = std::get_if<Refusal>(&verdict)) return *refusal;
    return replace_password(context_, change, ref, replacement, true);
  });
}

UserChange Users::set_status(const UserRef& ref, UserStatus status) {
  return write(context_, [&](Change& change) {
    auto row = get_user(change.db(), ref, db::Locking::kRows);
    UserChange result{.changed = row.user.status != status};
    if (result.changed) {
      row.user.status = status;
      store(change, row);
      change.record(status == UserStatus::kActive ? "user.enabled" : "user.disabled",
                    row.user.public_id, row.user.public_id);
    }
    result.user = row.user;
    return result;
  });
}

UserChange Users::enable(const UserRef& ref) { return set_status(ref, UserStatus::kActive); }
UserChange Users::disable(const UserRef& ref) { return set_status(ref, UserStatus::kDisabled); }

UserChange Users::remove(const UserRef& ref) {
  return write(context_, [&](Change& change) {
    auto row = get_user(change.db(), ref, db::Locking::kRows);
    UserChange result{.changed = true};
    forget_kit(row);
    for (const TokenKind* kind : token_kinds())
      (kind == &kSessionTokens ? result.sessions_revoked : result.tokens_revoked) +=
          kind->end_of_user(change.db(), row.user.public_id, change.now());
    row.user.deleted_at = change.now();
    store(change, row);
    change.record(
        "user.deleted", row.user.public_id, row.user.public_id,
        {{"sessions_revoked", result.sessions_revoked}, {"tokens_revoked", result.tokens_revoked}});
    result.user = row.user;
    return result;
  });
}

UserChange Users::restore(const UserRef& ref) {
  return write(context_, [&](Change& change) {
    std::string public_id = ref.public_id;
    if (public_id.empty()) {
      const auto deleted = db::users::deleted_with_email(change.db(), ref.email, 2);
      if (deleted.size() > 1) {
        throw Error(Code::kConflict, "user.ambiguous",
                    fmt::format("several deleted users had the email {}", name_of(ref)),
                    "name one by id: tokctl user list --deleted");
      }
      if (deleted.empty()) {
        // Nobody to restore; but a user who is there already needs nothing.
        if (auto row = find_user(change.db(), ref)) return UserChange{.user = row->user};
        throw_user_not_found(ref);
      }
      public_id = deleted.front();
    }
    auto row = db::users::find(change.db(), public_id, db::Locking::kRows);
    if (!row) throw_user_not_found(ref);
    UserChange result{.changed = row->user.deleted_at.has_value()};
    if (result.changed) {
      row->user.deleted_at.reset();
      store(change, *row);
      change.record("user.restored", public_id, public_id);
    }
    result.user = row->user;
    return result;
  });
}

std::vector<std::string> Users::emails_with_prefix(std::string_view prefix, std::size_t limit) {
  return read(context_, [&](db::Handle& db) {
    return db::users::emails_with_prefix(db, ascii_lower(prefix), limit);
  });
}

std::vector<std::string> Users::ids_with_prefix(std::string_view prefix, std::size_t limit) {
  return read(context_,
              [&](db::Handle& db) { return db::users::ids_with_prefix(db, prefix, limit); });
}

}  // namespace tokctl::auth
