#include "db/refresh_token.h"

#include "db/by_creation.h"
#include "db/prefix.h"

namespace tokctl::db::refresh_tokens {
namespace {

constexpr Part kColumns =
    "id, session_id, public_id, root_key_id, terms, created_at, expires_at, used_at, successor_id";

RefreshToken token_row(const Row& row) {
  return {.id = row.string(0),
          .session_id = row.string(1),
          .public_id = row.string(2),
          .root_key_id = row.string(3),
          .terms = row.string(4),
          .created_at = row.time(5),
          .expires_at = row.time(6),
          .used_at = row.optional_time(7),
          .successor_id = row.optional_string(8).value_or("")};
}

// An expression, so that no database prefers the index on expiry and sorts.
constexpr Part kMatching =
    " AND used_at IS NULL AND COALESCE(expires_at, 0) > ? AND COALESCE(expires_at, 0) <= ?"
    " AND NOT EXISTS (SELECT 1 FROM sessions WHERE sessions.session_id = refresh_tokens.session_id"
    " AND sessions.revoked_at <= ?)";

using OfAll = ByCreation<kColumns, " FROM refresh_tokens WHERE ", "id", kMatching>;
using OfUser =
    ByCreation<kColumns, " FROM refresh_tokens WHERE public_id = ? AND ", "id", kMatching>;

}  // namespace

void insert(Handle& db, const RefreshToken& token, std::string_view digest) {
  db.run(
      "INSERT INTO refresh_tokens (id, session_id, public_id, digest, root_key_id, terms,"
      " created_at, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
      token.id, token.session_id, token.public_id, digest, token.root_key_id, token.terms,
      token.created_at, token.expires_at);
}

std::optional<RefreshToken> find(Handle& db, std::string_view id) {
  constexpr Sql kFind = Sql::of<"SELECT ", kColumns, " FROM refresh_tokens WHERE id = ?">();
  return db.first(kFind, token_row, id);
}

std::optional<RefreshToken> find_by_digest(Handle& db, std::string_view digest) {
  constexpr Sql kFind = Sql::of<"SELECT ", kColumns, " FROM refresh_tokens WHERE digest = ?">();
  return db.first(kFind, token_row, digest);
}

bool use(Handle& db, std::string_view id, Time now, std::string_view successor_id) {
  return db.run(
             "UPDATE refresh_tokens SET used_at = ?, successor_id = ?"
             " WHERE id = ? AND used_at IS NULL",
             now, successor_id, id) > 0;
}

std::int64_t end_of_root_key(Handle& db, std::string_view root_key_id, Time now) {
  return db.run(
      "UPDATE refresh_tokens SET expires_at = ?"
      " WHERE root_key_id = ? AND used_at IS NULL AND expires_at > ?",
      now, root_key_id, now);
}

std::vector<RefreshToken> list(Handle& db, const Query& query, const Place* after) {
  const std::int64_t ends_after = query.live_at ? to_unix(*query.live_at) : kEarliest;
  const std::int64_t ends_until =
      query.expires_before ? to_unix(*query.expires_before) - 1 : kLatest;
  return list_by_creation<OfAll, OfUser>(db, query, after, token_row,
                                         std::tuple(ends_after, ends_until, ends_after));
}

std::int64_t prune(Handle& db, Time before, std::size_t limit) {
  std::vector<std::string> ids;
  db.each(
      "SELECT id FROM refresh_tokens WHERE expires_at < ? ORDER BY expires_at LIMIT ?",
      [&](const Row& row) { ids.push_back(row.string(0)); }, before, limit);
  std::int64_t deleted = 0;
  // By key, one by one: MySQL knows no LIMIT in a subquery, and MariaDB reads the whole table for a
  // DELETE with one.
  for (const std::string& id : ids)
    deleted += db.run("DELETE FROM refresh_tokens WHERE id = ?", id);
  return deleted;
}

std::int64_t count_prunable(Handle& db, Time before) {
  return *db.first(
      "SELECT count(*) FROM refresh_tokens WHERE expires_at < ?",
      [](const Row& row) { return row.integer(0); }, before);
}

std::vector<std::string> ids_with_prefix(Handle& db, std::string_view prefix, std::size_t limit) {
  return texts_with_prefix<"id", "refresh_tokens">(db, prefix, limit);
}

}  // namespace tokctl::db::refresh_tokens
