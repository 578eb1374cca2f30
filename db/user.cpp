#include "db/user.h"

#include "db/by_creation.h"
#include "db/prefix.h"
#include "db/range.h"
#include "db/stored.h"
#include "model/api_token.h"

namespace tokctl::db::users {
namespace {

constexpr Part kColumns =
    "public_id, email, full_name, status, created_at, updated_at, password_set_at, deleted_at,"
    " private_id, password_scheme, password_hash, password_tag, kit_hash, kit_email,"
    " roles, phone, email_verified_at, phone_verified_at";

UserRow user_row(const Row& row) {
  UserRow result{
      .user = {.public_id = row.string(0),
               .email = row.string(1),
               .full_name = row.string(2),
               .status = stored(user_status_from(row.text(3))),
               .created_at = row.time(4),
               .updated_at = row.time(5),
               .password_set_at = row.optional_time(6),
               .deleted_at = row.optional_time(7),
               .roles = split_scopes(row.optional_string(14).value_or("")),
               .phone = row.optional_string(15).value_or(""),
               .email_verified_at = row.optional_time(16),
               .phone_verified_at = row.optional_time(17)},
      .secrets = {.private_id = row.string(8),
                  .password_scheme = row.string(9),
                  .password_hash = row.optional_string(10),
                  .password_tag = row.string(11),
                  .kit_hash = row.optional_string(12),
                  .kit_email = row.optional_string(13)},
  };
  result.user.has_password = result.secrets.password_scheme != "none";
  return result;
}

// The email is taken only while its user is not deleted.
std::optional<std::string_view> live_email(const User& user) {
  return user.deleted_at ? std::nullopt : std::optional<std::string_view>(user.email);
}

std::optional<std::string> text_or_null(std::string text) {
  return text.empty() ? std::nullopt : std::optional(std::move(text));
}

// Both statuses stand for any.
constexpr Part kOfStatus = " AND status IN (?, ?)";

constexpr Sql kFirstEmails =
    Sql::of<"SELECT ", kColumns, " FROM users WHERE live_email IS NOT NULL", kOfStatus,
            " ORDER BY live_email LIMIT ?">();
constexpr Sql kLastEmails = Sql::of<"SELECT ", kColumns, " FROM users WHERE live_email IS NOT NULL",
                                    kOfStatus, " ORDER BY live_email DESC LIMIT ?">();
constexpr Sql kEmailsAfter = Sql::of<"SELECT ", kColumns, " FROM users WHERE live_email > ?",
                                     kOfStatus, " ORDER BY live_email LIMIT ?">();
constexpr Sql kEmailsBefore = Sql::of<"SELECT ", kColumns, " FROM users WHERE live_email < ?",
                                      kOfStatus, " ORDER BY live_email DESC LIMIT ?">();

// 9223372036854775807 is the time of deletion of who is not deleted.
constexpr Part kMatching =
    " AND status IN (?, ?) AND COALESCE(deleted_at, 9223372036854775807) BETWEEN ? AND ?";

using InOrderOfCreation = ByCreation<kColumns, " FROM users WHERE ", "public_id", kMatching>;

}  // namespace

void insert(Handle& db, const UserRow& row) {
  const auto& [user, secrets] = row;
  db.run(
      "INSERT INTO users (public_id, private_id, email, live_email, full_name, status,"
      " password_scheme, password_hash, password_tag, kit_hash, kit_email, created_at, updated_at,"
      " password_set_at, deleted_at, roles, phone, email_verified_at, phone_verified_at)"
      " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      user.public_id, secrets.private_id, user.email, live_email(user), user.full_name,
      to_text(user.status), secrets.password_scheme, secrets.password_hash, secrets.password_tag,
      secrets.kit_hash, secrets.kit_email, user.created_at, user.updated_at, user.password_set_at,
      user.deleted_at, text_or_null(join_scopes(user.roles)), text_or_null(user.phone),
      user.email_verified_at, user.phone_verified_at);
}

std::optional<UserRow> find(Handle& db, std::string_view public_id, Locking lock) {
  constexpr Sql kFind = Sql::of<"SELECT ", kColumns, " FROM users WHERE public_id = ?">();
  return db.first(kFind.with(lock), user_row, public_id);
}

std::optional<UserRow> find_by_email(Handle& db, std::string_view email, Locking lock) {
  constexpr Sql kFind = Sql::of<"SELECT ", kColumns, " FROM users WHERE live_email = ?">();
  return db.first(kFind.with(lock), user_row, email);
}

std::vector<std::string> deleted_with_email(Handle& db, std::string_view email, std::size_t limit) {
  std::vector<std::string> ids;
  db.each(
      "SELECT public_id FROM users WHERE email = ? AND deleted_at IS NOT NULL"
      " ORDER BY public_id LIMIT ?",
      [&](const Row& row) { ids.push_back(row.string(0)); }, email, limit);
  return ids;
}

bool update(Handle& db, const UserRow& row) {
  const auto& [user, secrets] = row;
  return db.run(
             "UPDATE users SET email = ?, live_email = ?, full_name = ?, status = ?,"
             " password_scheme = ?, password_hash = ?, password_tag = ?, kit_hash = ?,"
             " kit_email = ?, updated_at = ?, password_set_at = ?, deleted_at = ?, roles = ?,"
             " phone = ?, email_verified_at = ?, phone_verified_at = ?"
             " WHERE public_id = ?",
             user.email, live_email(user), user.full_name, to_text(user.status),
             secrets.password_scheme, secrets.password_hash, secrets.password_tag, secrets.kit_hash,
             secrets.kit_email, user.updated_at, user.password_set_at, user.deleted_at,
             text_or_null(join_scopes(user.roles)), text_or_null(user.phone),
             user.email_verified_at, user.phone_verified_at, user.public_id) > 0;
}

std::vector<UserRow> list(Handle& db, const Query& query, const User* after) {
  std::vector<UserRow> page;
  const auto take = [&](const Row& row) { page.push_back(user_row(row)); };
  const auto some = to_text(query.status.value_or(UserStatus::kActive));
  const auto other = to_text(query.status.value_or(UserStatus::kDisabled));
  const bool down = query.descending;

  if (query.order == Order::kEmail) {
    if (after == nullptr) {
      db.each(down ? kLastEmails : kFirstEmails, take, some, other, query.limit);
    } else {
      db.each(down ? kEmailsBefore : kEmailsAfter, take, after->email, some, other, query.limit);
    }
    return page;
  }

  const std::int64_t deleted_from = query.deleted ? kEarliest : kLatest;
  const std::int64_t deleted_to = query.deleted ? kLatest - 1 : kLatest;
  std::optional<Place> place;
  if (after != nullptr) place = {after->created_at, after->public_id};
  const CreationPage rows{
      .descending = down, .limit = query.limit, .after = place ? &*place : nullptr};
  each_by_creation<InOrderOfCreation>(db, rows, take, {},
                                      std::tuple(some, other, deleted_from, deleted_to));
  return page;
}

std::vector<std::string> emails_with_prefix(Handle& db, std::string_view prefix,
                                            std::size_t limit) {
  return texts_with_prefix<"live_email", "users">(db, prefix, limit);
}

std::vector<std::string> ids_with_prefix(Handle& db, std::string_view prefix, std::size_t limit) {
  std::vector<std::string> ids;
  db.each(
      "SELECT public_id FROM users WHERE public_id >= ? AND public_id < ?"
      " AND deleted_at IS NULL ORDER BY public_id LIMIT ?",
      [&](const Row& row) { ids.push_back(row.string(0)); }, prefix, past_prefix(prefix), limit);
  return ids;
}

std::vector<std::string> ids_with_kit(Handle& db, Time before, std::string_view after,
                                      std::size_t limit) {
  std::vector<std::string> ids;
  db.each(
      "SELECT public_id FROM users WHERE public_id > ? AND updated_at < ?"
      " AND (kit_hash IS NOT NULL OR kit_email IS NOT NULL) ORDER BY public_id LIMIT ?",
      [&](const Row& row) { ids.push_back(row.string(0)); }, after, before, limit);
  return ids;
}

std::int64_t count(Handle& db) {
  return *db.first("SELECT count(*) FROM users", [](const Row& row) { return row.integer(0); });
}

}  // namespace tokctl::db::users
