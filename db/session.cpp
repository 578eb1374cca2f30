#include "db/session.h"

#include "db/by_creation.h"
#include "db/prefix.h"
#include "db/stored.h"

namespace tokctl::db::sessions {
namespace {

constexpr Part kColumns =
    "session_id, public_id, kind, scheme, root_key_id, source, created_at, expires_at,"
    " last_used_at, revoked_at";

Session session_row(const Row& row) {
  return {.session_id = row.string(0),
          .public_id = row.string(1),
          .kind = stored(session_kind_from(row.text(2))),
          .scheme = stored(web_scheme_from(row.text(3))),
          .root_key_id = row.string(4),
          .source = row.string(5),
          .created_at = row.time(6),
          .expires_at = row.optional_time(7),
          .last_used_at = row.optional_time(8),
          .revoked_at = row.optional_time(9)};
}

constexpr Part kLive = " AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > ?)";

// Ends those that live, and those whose JWTs are taken for a while yet.
constexpr Part kRevoke = "UPDATE sessions SET revoked_at = ? WHERE";
constexpr Part kMayLive =
    " AND revoked_at IS NULL"
    " AND (expires_at IS NULL OR expires_at > ? OR (kind = 'jwt' AND expires_at > ?))";

// What a list is filtered by. 9223372036854775807 is the end of time, when what never expires does.
constexpr Part kMatching =
    " AND kind IN (?, ?) AND (revoked_at IS NULL OR revoked_at < ?)"
    " AND COALESCE(expires_at, 9223372036854775807) > ?"
    " AND COALESCE(expires_at, 9223372036854775807) <= ?";

// The values of kMatching; an unused filter gets values that let everything through.
struct Filter {
  explicit Filter(const Query& query)
      : some(to_text(query.kind.value_or(SessionKind::kWeb))),
        other(to_text(query.kind.value_or(SessionKind::kJwt))),
        revoked_before(query.live_at ? kEarliest : kLatest),
        expires_after(query.live_at ? to_unix(*query.live_at) : kEarliest),
        expires_until(query.expires_before ? to_unix(*query.expires_before) - 1 : kLatest) {}

  std::string_view some, other;
  std::int64_t revoked_before, expires_after, expires_until;
};

using OfAll = ByCreation<kColumns, " FROM sessions WHERE ", "session_id", kMatching>;
using OfUser =
    ByCreation<kColumns, " FROM sessions WHERE public_id = ? AND ", "session_id", kMatching>;

}  // namespace

void insert(Handle& db, const Session& session) {
  db.run(
      "INSERT INTO sessions (session_id, public_id, kind, scheme, root_key_id, source, created_at,"
      " expires_at, last_used_at, revoked_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      session.session_id, session.public_id, to_text(session.kind), to_text(session.scheme),
      session.root_key_id, session.source, session.created_at, session.expires_at,
      session.last_used_at, session.revoked_at);
}

std::optional<Session> find(Handle& db, std::string_view session_id) {
  constexpr Sql kFind = Sql::of<"SELECT ", kColumns, " FROM sessions WHERE session_id = ?">();
  return db.first(kFind, session_row, session_id);
}

std::optional<WithOwner> find_with_owner(Handle& db, std::string_view session_id) {
  constexpr Sql kFind = Sql::of<
      "SELECT session_id, sessions.public_id, kind, scheme, root_key_id, source,"
      " sessions.created_at, expires_at, last_used_at, revoked_at,"
      " email, full_name, status, deleted_at, private_id, password_tag"
      " FROM sessions JOIN users ON users.public_id = sessions.public_id"
      " WHERE session_id = ?">();
  const auto read = [](const Row& row) {
    return WithOwner{.session = session_row(row),
                     .owner = {.email = row.string(10),
                               .full_name = row.string(11),
                               .status = stored(user_status_from(row.text(12))),
                               .deleted = !row.is_null(13),
                               .private_id = row.string(14),
                               .password_tag = row.string(15)}};
  };
  return db.first(kFind, read, session_id);
}

std::optional<Session> latest_live(Handle& db, std::string_view public_id, SessionKind kind,
                                   Time now) {
  constexpr Sql kFind =
      Sql::of<"SELECT ", kColumns, " FROM sessions WHERE public_id = ? AND kind = ?", kLive,
              " ORDER BY created_at DESC, session_id DESC LIMIT 1">();
  return db.first(kFind, session_row, public_id, to_text(kind), now);
}

bool revoke(Handle& db, std::string_view session_id, Time now) {
  return db.run("UPDATE sessions SET revoked_at = ? WHERE session_id = ? AND revoked_at IS NULL",
                now, session_id) > 0;
}

std::int64_t revoke_all(Handle& db, std::string_view public_id, std::optional<SessionKind> kind,
                        std::string_view except, Time now) {
  constexpr Sql kAll =
      Sql::of<kRevoke, " public_id = ? AND kind IN (?, ?) AND session_id <> ?", kMayLive>();
  return db.run(kAll, now, public_id, to_text(kind.value_or(SessionKind::kWeb)),
                to_text(kind.value_or(SessionKind::kJwt)), except, now, now - kJwtSkew);
}

std::int64_t revoke_source(Handle& db, std::string_view public_id, SessionKind kind,
                           std::string_view source, std::string_view except, Time now) {
  constexpr Sql kOfSource =
      Sql::of<kRevoke, " public_id = ? AND kind = ? AND source = ? AND session_id <> ?",
              kMayLive>();
  return db.run(kOfSource, now, public_id, to_text(kind), source, except, now, now - kJwtSkew);
}

std::int64_t revoke_of_root_key(Handle& db, std::string_view root_key_id, Time now) {
  constexpr Sql kAll = Sql::of<kRevoke, " root_key_id = ?", kMayLive>();
  return db.run(kAll, now, root_key_id, now, now - kJwtSkew);
}

std::vector<Session> list(Handle& db, const Query& query, const Place* after) {
  const Filter filter(query);
  const std::tuple matching(filter.some, filter.other, filter.revoked_before, filter.expires_after,
                            filter.expires_until);
  return list_by_creation<OfAll, OfUser>(db, query, after, session_row, matching);
}

std::int64_t prune(Handle& db, Time before, std::size_t limit) {
  std::vector<std::string> ids;
  const auto take = [&](const Row& row) { ids.push_back(row.string(0)); };
  db.each("SELECT session_id FROM sessions WHERE expires_at < ? ORDER BY expires_at LIMIT ?", take,
          before, limit);
  db.each("SELECT session_id FROM sessions WHERE revoked_at < ? ORDER BY revoked_at LIMIT ?", take,
          before, limit - ids.size());
  std::int64_t deleted = 0;
  // By key, one by one: MySQL knows no LIMIT in a subquery, and MariaDB reads the whole table for a
  // DELETE with one. A session that both expired and was revoked is there the first time only.
  for (const std::string& id : ids) {
    deleted += db.run("DELETE FROM sessions WHERE session_id = ?", id);
  }
  return deleted;
}

std::int64_t count_prunable(Handle& db, Time before) {
  const auto number = [](const Row& row) { return row.integer(0); };
  return *db.first("SELECT count(*) FROM sessions WHERE expires_at < ?", number, before) +
         *db.first(
             "SELECT count(*) FROM sessions"
             " WHERE revoked_at < ? AND (expires_at IS NULL OR expires_at >= ?)",
             number, before, before);
}

bool has_live_kit(Handle& db, std::string_view public_id, Time now) {
  constexpr Sql kFind =
      Sql::of<"SELECT 1 FROM sessions WHERE public_id = ? AND scheme = 'kit'", kLive, " LIMIT 1">();
  return db.first(kFind, [](const Row&) { return true; }, public_id, now).has_value();
}

std::vector<std::string> ids_with_prefix(Handle& db, std::string_view prefix, std::size_t limit) {
  return texts_with_prefix<"session_id", "sessions">(db, prefix, limit);
}

}  // namespace tokctl::db::sessions
