#include "db/verification_token.h"

#include <string>
#include <vector>

#include "db/by_creation.h"
#include "db/prefix.h"
#include "db/stored.h"

namespace tokctl::db::verification_tokens {
namespace {

constexpr Part kColumns =
    "id, public_id, purpose, root_key_id, created_at, expires_at, used_at, tries, tries_since";

VerificationToken token_row(const Row& row) {
  return {.id = row.string(0),
          .public_id = row.string(1),
          .purpose = stored(purpose_from(row.text(2))),
          .root_key_id = row.string(3),
          .created_at = row.time(4),
          .expires_at = row.time(5),
          .used_at = row.optional_time(6),
          .tries = row.integer(7),
          .tries_since = row.time(8)};
}

// An expression, so that no database prefers the index on expiry and sorts.
constexpr Part kMatching =
    " AND (used_at IS NULL OR used_at < ?)"
    " AND COALESCE(expires_at, 0) > ? AND COALESCE(expires_at, 0) <= ?";

using OfAll = ByCreation<kColumns, " FROM verification_tokens WHERE ", "id", kMatching>;
using OfUser =
    ByCreation<kColumns, " FROM verification_tokens WHERE public_id = ? AND ", "id", kMatching>;

}  // namespace

void put(Handle& db, const VerificationToken& token, std::string_view digest) {
  const auto replaced = db.run(
      "UPDATE verification_tokens SET id = ?, digest = ?, root_key_id = ?, created_at = ?,"
      " expires_at = ?, used_at = NULL WHERE public_id = ? AND purpose = ?",
      token.id, digest, token.root_key_id, token.created_at, token.expires_at, token.public_id,
      to_text(token.purpose));
  if (replaced > 0) return;
  db.run(
      "INSERT INTO verification_tokens (id, public_id, purpose, digest, root_key_id, created_at,"
      " expires_at, tries, tries_since) VALUES (?, ?, ?, ?, ?, ?, ?, 0, ?)",
      token.id, token.public_id, to_text(token.purpose), digest, token.root_key_id,
      token.created_at, token.expires_at, token.created_at);
}

std::optional<VerificationToken> find(Handle& db, std::string_view public_id, Purpose purpose,
                                      Locking lock) {
  constexpr Sql kFind = Sql::of<"SELECT ", kColumns,
                                " FROM verification_tokens WHERE public_id = ? AND purpose = ?">();
  return db.first(kFind.with(lock), token_row, public_id, to_text(purpose));
}

std::optional<VerificationToken> find(Handle& db, std::string_view id) {
  constexpr Sql kFind = Sql::of<"SELECT ", kColumns, " FROM verification_tokens WHERE id = ?">();
  return db.first(kFind, token_row, id);
}

std::optional<VerificationToken> find_by_digest(Handle& db, std::string_view digest) {
  constexpr Sql kFind =
      Sql::of<"SELECT ", kColumns, " FROM verification_tokens WHERE digest = ?">();
  return db.first(kFind, token_row, digest);
}

bool consume(Handle& db, std::string_view id, Time now) {
  return db.run(
             "UPDATE verification_tokens SET used_at = ?"
             " WHERE id = ? AND used_at IS NULL AND expires_at > ?",
             now, id, now) > 0;
}

void count_try(Handle& db, const VerificationToken& token) {
  db.run("UPDATE verification_tokens SET tries = ?, tries_since = ? WHERE id = ?", token.tries,
         token.tries_since, token.id);
}

std::int64_t void_all(Handle& db, std::string_view public_id, std::optional<Purpose> purpose,
                      Time now) {
  if (purpose) {
    return db.run(
        "UPDATE verification_tokens SET expires_at = ?"
        " WHERE public_id = ? AND purpose = ? AND used_at IS NULL AND expires_at > ?",
        now, public_id, to_text(*purpose), now);
  }
  return db.run(
      "UPDATE verification_tokens SET expires_at = ?"
      " WHERE public_id = ? AND used_at IS NULL AND expires_at > ?",
      now, public_id, now);
}

std::int64_t void_of_root_key(Handle& db, std::string_view root_key_id, Time now) {
  return db.run(
      "UPDATE verification_tokens SET expires_at = ?"
      " WHERE root_key_id = ? AND used_at IS NULL AND expires_at > ?",
      now, root_key_id, now);
}

bool void_one(Handle& db, std::string_view id, Time now) {
  return db.run(
             "UPDATE verification_tokens SET expires_at = ?"
             " WHERE id = ? AND used_at IS NULL AND expires_at > ?",
             now, id, now) > 0;
}

std::vector<VerificationToken> list(Handle& db, const Query& query, const Place* after) {
  const std::tuple matching(query.live_at ? kEarliest : kLatest,
                            query.live_at ? to_unix(*query.live_at) : kEarliest,
                            query.expires_before ? to_unix(*query.expires_before) - 1 : kLatest);
  return list_by_creation<OfAll, OfUser>(db, query, after, token_row, matching);
}

std::int64_t prune(Handle& db, Time before, std::size_t limit) {
  std::vector<std::string> ids;
  db.each(
      "SELECT id FROM verification_tokens WHERE expires_at < ? ORDER BY expires_at LIMIT ?",
      [&](const Row& row) { ids.push_back(row.string(0)); }, before, limit);
  std::int64_t deleted = 0;
  // By key, one by one: MySQL knows no LIMIT in a subquery, and MariaDB reads the whole table for a
  // DELETE with one. Asked again, for it may have been replaced since.
  for (const std::string& id : ids)
    deleted +=
        db.run("DELETE FROM verification_tokens WHERE id = ? AND expires_at < ?", id, before);
  return deleted;
}

std::int64_t count_prunable(Handle& db, Time before) {
  return *db.first(
      "SELECT count(*) FROM verification_tokens WHERE expires_at < ?",
      [](const Row& row) { return row.integer(0); }, before);
}

std::vector<std::string> ids_with_prefix(Handle& db, std::string_view prefix, std::size_t limit) {
  return texts_with_prefix<"id", "verification_tokens">(db, prefix, limit);
}

}  // namespace tokctl::db::verification_tokens
