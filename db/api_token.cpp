#include "db/api_token.h"

#include <bit>
#include <charconv>

#include "base/encoding.h"
#include "db/by_creation.h"
#include "db/prefix.h"
#include "db/stored.h"

namespace tokctl::db::api_tokens {
namespace {

constexpr std::size_t kDigestSize = 32;
constexpr std::size_t kLookupSize = 8;

constexpr Part kColumns =
    "id, public_id, root_key_id, name, scopes, info, created_at, expires_at, idle_s, last_used_at,"
    " revoked_at, replaced_by";

ApiToken token_row(const Row& row) {
  ApiToken token{.id = row.string(0),
                 .public_id = row.string(1),
                 .root_key_id = row.string(2),
                 .name = row.string(3),
                 .scopes = split_scopes(row.text(4)),
                 .info = row.string(5),
                 .created_at = row.time(6),
                 .expires_at = row.optional_time(7),
                 .idle = {},
                 .last_used_at = row.optional_time(9),
                 .revoked_at = row.optional_time(10),
                 .replaced_by = row.optional_string(11).value_or("")};
  if (!row.is_null(8)) token.idle = Seconds(row.integer(8));
  return token;
}

std::optional<std::int64_t> seconds_of(const std::optional<Seconds>& duration) {
  return duration ? std::optional<std::int64_t>(duration->count()) : std::nullopt;
}

std::optional<std::string_view> id_or_null(const std::string& id) {
  return id.empty() ? std::nullopt : std::optional<std::string_view>(id);
}

// Ends those that live, and those that would live again when a use is written that comes late. What
// ended by itself keeps that end: the sweep counts from there.
constexpr Part kRevoke =
    "UPDATE api_tokens SET revoked_at = ?, ends_at = CASE WHEN ends_at < ? THEN ends_at ELSE ? END"
    " WHERE revoked_at IS NULL";
constexpr Part kMayLive =
    " AND (ends_at IS NULL OR ends_at > ? OR (idle_s IS NOT NULL AND ends_at > ?))";

// What a list is filtered by. The empty name stands for any. 9223372036854775807 is the end of
// time, when what never ends does.
constexpr Part kMatching =
    " AND (name = ? OR ? = '') AND (revoked_at IS NULL OR revoked_at < ?)"
    " AND COALESCE(ends_at, 9223372036854775807) > ?"
    " AND COALESCE(expires_at, 9223372036854775807) <= ?"
    " AND COALESCE(last_used_at, created_at) <= ?";

// The values of kMatching; an unused filter gets values that let everything through.
struct Filter {
  explicit Filter(const Query& query)
      : name(query.name),
        revoked_before(query.live_at ? kEarliest : kLatest),
        ends_after(query.live_at ? to_unix(*query.live_at) : kEarliest),
        expires_until(query.expires_before ? to_unix(*query.expires_before) - 1 : kLatest),
        used_until(query.unused_since ? to_unix(*query.unused_since) - 1 : kLatest) {}

  std::string_view name;
  std::int64_t revoked_before, ends_after, expires_until, used_until;
};

using OfAll = ByCreation<kColumns, " FROM api_tokens WHERE ", "id", kMatching>;
using OfUser = ByCreation<kColumns, " FROM api_tokens WHERE public_id = ? AND ", "id", kMatching>;

}  // namespace

std::int64_t lookup_of(std::string_view digest) {
  std::uint64_t head = 0;
  const std::string_view hex = digest.substr(0, 2 * kLookupSize);
  std::from_chars(hex.data(), hex.data() + hex.size(), head, 16);
  return std::bit_cast<std::int64_t>(head);
}

void insert(Handle& db, const ApiToken& token, std::string_view digest) {
  db.run(
      "INSERT INTO api_tokens (lookup, id, public_id, digest, root_key_id, name, scopes, info,"
      " created_at, expires_at, idle_s, last_used_at, revoked_at, ends_at, replaced_by)"
      " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      lookup_of(digest), token.id, token.public_id, digest, token.root_key_id, token.name,
      join_scopes(token.scopes), token.info, token.created_at, token.expires_at,
      seconds_of(token.idle), token.last_used_at, token.revoked_at, token.ends_at(),
      id_or_null(token.replaced_by));
}

std::optional<ApiToken> find(Handle& db, std::string_view id, Locking lock) {
  constexpr Sql kFind = Sql::of<"SELECT ", kColumns, " FROM api_tokens WHERE id = ?">();
  return db.first(kFind.with(lock), token_row, id);
}

std::optional<std::string> digest_of(Handle& db, std::string_view id) {
  return db.first(
      "SELECT digest FROM api_tokens WHERE id = ?", [](const Row& row) { return row.string(0); },
      id);
}

std::optional<WithOwner> find_with_owner(Handle& db, std::string_view digest) {
  constexpr Sql kFind =
      "SELECT id, api_tokens.public_id, root_key_id, name, scopes, info, api_tokens.created_at,"
      " expires_at, idle_s, last_used_at, revoked_at, replaced_by,"
      " email, full_name, status, deleted_at"
      " FROM api_tokens JOIN users ON users.public_id = api_tokens.public_id"
      " WHERE lookup = ? AND digest = ?";
  const std::int64_t lookup = lookup_of(digest);
  const auto read = [lookup](const Row& row) {
    return WithOwner{.token = token_row(row),
                     .owner = {.email = row.string(12),
                               .full_name = row.string(13),
                               .status = stored(user_status_from(row.text(14))),
                               .deleted = !row.is_null(15)},
                     .lookup = lookup};
  };
  return db.first(kFind, read, lookup, digest);
}

bool revoke(Handle& db, std::string_view id, Time now) {
  constexpr Sql kOne = Sql::of<kRevoke, " AND id = ?">();
  return db.run(kOne, now, now, now, id) > 0;
}

std::int64_t revoke_all(Handle& db, std::string_view public_id, Time now) {
  constexpr Sql kAll = Sql::of<kRevoke, " AND public_id = ?", kMayLive>();
  return db.run(kAll, now, now, now, public_id, now, now - kUseLag);
}

std::int64_t revoke_of_root_key(Handle& db, std::string_view root_key_id, Time now) {
  constexpr Sql kAll = Sql::of<kRevoke, " AND root_key_id = ?", kMayLive>();
  return db.run(kAll, now, now, now, root_key_id, now, now - kUseLag);
}

bool replace(Handle& db, const ApiToken& token) {
  return db.run("UPDATE api_tokens SET replaced_by = ?, expires_at = ?, ends_at = ? WHERE id = ?",
                id_or_null(token.replaced_by), token.expires_at, token.ends_at(), token.id) > 0;
}

bool used(Handle& db, std::int64_t lookup, Time at) {
  return db.run(
             "UPDATE api_tokens SET last_used_at = ?, ends_at = CASE"
             " WHEN idle_s IS NULL THEN expires_at"
             " WHEN expires_at IS NULL OR expires_at > ? + idle_s THEN ? + idle_s"
             " ELSE expires_at END"
             " WHERE lookup = ? AND revoked_at IS NULL"
             " AND (last_used_at IS NULL OR last_used_at < ?)",
             at, at, at, lookup, at) > 0;
}

std::vector<ApiToken> list(Handle& db, const Query& query, const Place* after) {
  const Filter filter(query);
  const std::tuple matching(filter.name, filter.name, filter.revoked_before, filter.ends_after,
                            filter.expires_until, filter.used_until);
  return list_by_creation<OfAll, OfUser>(db, query, after, token_row, matching);
}

std::int64_t prune(Handle& db, Time before, std::size_t limit) {
  std::vector<std::int64_t> keys;
  db.each(
      "SELECT lookup FROM api_tokens WHERE ends_at < ? ORDER BY ends_at LIMIT ?",
      [&](const Row& row) { keys.push_back(row.integer(0)); }, before, limit);
  std::int64_t deleted = 0;
  // By key, one by one: MySQL knows no LIMIT in a subquery, and MariaDB reads the whole table for a
  // DELETE with one. Asked again, for a use may have been recorded since.
  for (const std::int64_t key : keys) {
    deleted += db.run("DELETE FROM api_tokens WHERE lookup = ? AND ends_at < ?", key, before);
  }
  return deleted;
}

std::int64_t count_prunable(Handle& db, Time before) {
  return *db.first(
      "SELECT count(*) FROM api_tokens WHERE ends_at < ?",
      [](const Row& row) { return row.integer(0); }, before);
}

std::vector<std::string> inconsistent(Handle& db, std::size_t limit, std::size_t page) {
  constexpr Sql kPage = Sql::of<"SELECT ", kColumns,
                                ", ends_at, digest, lookup FROM api_tokens WHERE id > ?"
                                " ORDER BY id LIMIT ?">();
  std::vector<std::string> ids;
  std::string last;
  for (std::size_t seen = page; seen == page;) {
    seen = 0;
    const std::string after = last;  // bound while the rows are read
    const auto look = [&](const Row& row) {
      const ApiToken token = token_row(row);
      const auto digest = hex_decode(row.text(13));
      const bool sound = row.optional_time(12) == token.ends_at() && digest &&
                         digest->size() == kDigestSize &&
                         row.integer(14) == lookup_of(row.text(13));
      if (!sound && ids.size() < limit) ids.push_back(token.id);
      last = token.id;
      ++seen;
    };
    db.each(kPage, look, after, page);
  }
  return ids;
}

std::vector<std::string> ids_with_prefix(Handle& db, std::string_view prefix, std::size_t limit) {
  return texts_with_prefix<"id", "api_tokens">(db, prefix, limit);
}

}  // namespace tokctl::db::api_tokens
