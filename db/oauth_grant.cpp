#include "db/oauth_grant.h"

#include "crypto/seal.h"
#include "db/range.h"
#include "db/stored.h"

namespace tokctl::db::oauth_grants {
namespace {

constexpr Part kColumns =
    "id, account, provider, label, kind, state, access_token, refresh_token, scope, created_at,"
    " obtained_at, expires_at, refreshed_at, generation, lease_id, lease_until, failures,"
    " last_error, failed_at, retry_at";

GrantRow grant_row(const Row& row) {
  return {.grant = {.id = row.string(0),
                    .ref = {.account = row.string(1),
                            .provider = row.string(2),
                            .label = row.string(3)},
                    .kind = stored(grant_kind_from(row.text(4))),
                    .state = stored(grant_state_from(row.text(5))),
                    .scope = row.string(8),
                    .has_refresh_token = !row.is_null(7),
                    .created_at = row.time(9),
                    .obtained_at = row.time(10),
                    .expires_at = row.optional_time(11),
                    .refreshed_at = row.optional_time(12),
                    .failures = row.integer(16),
                    .last_error = row.string(17),
                    .failed_at = row.optional_time(18),
                    .retry_at = row.optional_time(19)},
          .access_token = row.optional_string(6),
          .refresh_token = row.optional_string(7),
          .generation = row.integer(13),
          .lease_id = row.optional_string(14).value_or(""),
          .lease_until = row.optional_time(15)};
}

std::optional<Time> due_at(const OAuthGrant& grant) {
  return grant.refreshable() ? grant.expires_at : std::nullopt;
}

std::optional<std::string_view> id_or_null(const std::string& id) {
  return id.empty() ? std::nullopt : std::optional<std::string_view>(id);
}

// What a list is filtered by; the empty word stands for any. 9223372036854775807 is the end of
// time, when what never ends does.
constexpr Part kMatching =
    " AND (provider = ? OR ? = '') AND (state = ? OR ? = '')"
    " AND COALESCE(expires_at, 9223372036854775807) <= ?";

// Continuing after a row (a, p, l): the rest of a's at p, the rest of a's, then what lies beyond a.
constexpr Sql kAtProvider =
    Sql::of<"SELECT ", kColumns,
            " FROM oauth_grants WHERE account = ? AND provider = ? AND label > ?", kMatching,
            " ORDER BY label LIMIT ?">();
constexpr Sql kAtAccount =
    Sql::of<"SELECT ", kColumns, " FROM oauth_grants WHERE account = ? AND provider > ?", kMatching,
            " ORDER BY provider, label LIMIT ?">();
constexpr Sql kBeyond = Sql::of<"SELECT ", kColumns, " FROM oauth_grants WHERE account > ?",
                                kMatching, " ORDER BY account, provider, label LIMIT ?">();

}  // namespace

// The columns, and their order, of sealed_columns().
std::string refresh_bound(const OAuthGrant& grant) {
  return crypto::bind(
      {grant.ref.account, grant.ref.provider, grant.ref.label, to_text(grant.kind)});
}

std::string access_bound(const OAuthGrant& grant) {
  return refresh_bound(grant) + crypto::bind({grant.scope});
}

void insert(Handle& db, const GrantRow& row) {
  const OAuthGrant& grant = row.grant;
  db.run(
      "INSERT INTO oauth_grants (id, account, provider, label, kind, state, access_token,"
      " refresh_token, scope, created_at, obtained_at, expires_at, refreshed_at, generation,"
      " lease_id, lease_until, failures, last_error, failed_at, retry_at, due_at)"
      " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      grant.id, grant.ref.account, grant.ref.provider, grant.ref.label, to_text(grant.kind),
      to_text(grant.state), row.access_token, row.refresh_token, grant.scope, grant.created_at,
      grant.obtained_at, grant.expires_at, grant.refreshed_at, row.generation,
      id_or_null(row.lease_id), row.lease_until, grant.failures, grant.last_error, grant.failed_at,
      grant.retry_at, due_at(grant));
}

std::optional<GrantRow> find(Handle& db, std::string_view id, Locking lock) {
  constexpr Sql kFind = Sql::of<"SELECT ", kColumns, " FROM oauth_grants WHERE id = ?">();
  return db.first(kFind.with(lock), grant_row, id);
}

std::optional<GrantRow> find(Handle& db, const GrantRef& ref, Locking lock) {
  constexpr Sql kFind =
      Sql::of<"SELECT ", kColumns,
              " FROM oauth_grants WHERE account = ? AND provider = ? AND label = ?">();
  return db.first(kFind.with(lock), grant_row, ref.account, ref.provider, ref.label);
}

bool update(Handle& db, const GrantRow& row) {
  const OAuthGrant& grant = row.grant;
  return db.run(
             "UPDATE oauth_grants SET kind = ?, state = ?, access_token = ?, refresh_token = ?,"
             " scope = ?, obtained_at = ?, expires_at = ?, refreshed_at = ?, generation = ?,"
             " lease_id = ?, lease_until = ?, failures = ?, last_error = ?, failed_at = ?,"
             " retry_at = ?, due_at = ? WHERE id = ?",
             to_text(grant.kind), to_text(grant.state), row.access_token, row.refresh_token,
             grant.scope, grant.obtained_at, grant.expires_at, grant.refreshed_at, row.generation,
             id_or_null(row.lease_id), row.lease_until, grant.failures, grant.last_error,
             grant.failed_at, grant.retry_at, due_at(grant), grant.id) > 0;
}

bool remove(Handle& db, std::string_view id) {
  return db.run("DELETE FROM oauth_grants WHERE id = ?", id) > 0;
}

bool take_lease(Handle& db, const GrantRow& read, std::string_view lease_id, Time now, Time until) {
  return db.run(
             "UPDATE oauth_grants SET lease_id = ?, lease_until = ?"
             " WHERE id = ? AND generation = ? AND failures = ? AND state = 'active'"
             " AND (lease_until IS NULL OR lease_until <= ?)",
             lease_id, until, read.grant.id, read.generation, read.grant.failures, now) > 0;
}

void end_lease(Handle& db, std::string_view id, std::string_view lease_id) {
  db.run(
      "UPDATE oauth_grants SET lease_id = NULL, lease_until = NULL WHERE id = ? AND lease_id = ?",
      id, lease_id);
}

std::vector<OAuthGrant> list(Handle& db, const Query& query, const GrantRef* after) {
  std::vector<OAuthGrant> page;
  const std::string_view state = query.state ? to_text(*query.state) : "";
  const std::int64_t expires_until =
      query.expires_before ? to_unix(*query.expires_before) - 1 : kLatest;
  const auto read = [&](const Sql& sql, const auto&... key) {
    if (page.size() == query.limit) return;
    db.each(
        sql, [&](const Row& row) { page.push_back(grant_row(row).grant); }, key..., query.provider,
        query.provider, state, state, expires_until, query.limit - page.size());
  };
  if (after != nullptr) {
    read(kAtProvider, after->account, after->provider, after->label);
    read(kAtAccount, after->account, after->provider);
    if (query.account.empty()) read(kBeyond, after->account);
  } else if (!query.account.empty()) {
    read(kAtAccount, query.account, "");
  } else {
    read(kBeyond, "");
  }
  return page;
}

std::vector<Due> due(Handle& db, Time until, Time now, const Due* after, std::size_t limit) {
  std::vector<Due> page;
  const auto take = [&](const Row& row) {
    page.push_back({.id = row.string(0), .expires_at = row.time(1)});
  };
  std::int64_t from = kEarliest;
  if (after != nullptr) {
    from = to_unix(after->expires_at);
    db.each(
        "SELECT id, due_at FROM oauth_grants WHERE due_at = ? AND id > ?"
        " AND (retry_at IS NULL OR retry_at <= ?) ORDER BY id LIMIT ?",
        take, from, after->id, now, limit);
  }
  if (page.size() < limit) {
    db.each(
        "SELECT id, due_at FROM oauth_grants WHERE due_at > ? AND due_at <= ?"
        " AND (retry_at IS NULL OR retry_at <= ?) ORDER BY due_at, id LIMIT ?",
        take, from, until, now, limit - page.size());
  }
  return page;
}

std::vector<std::string> revoked(Handle& db, Time before, std::string_view after,
                                 std::size_t limit) {
  std::vector<std::string> ids;
  db.each(
      "SELECT id FROM oauth_grants WHERE id > ? AND state = 'revoked' AND expires_at < ?"
      " ORDER BY id LIMIT ?",
      [&](const Row& row) { ids.push_back(row.string(0)); }, after, before, limit);
  return ids;
}

bool remove_revoked(Handle& db, std::string_view id, Time before) {
  return db.run("DELETE FROM oauth_grants WHERE id = ? AND state = 'revoked' AND expires_at < ?",
                id, before) > 0;
}

std::int64_t count_of_provider(Handle& db, std::string_view provider) {
  return *db.first(
      "SELECT count(*) FROM oauth_grants WHERE provider = ?",
      [](const Row& row) { return row.integer(0); }, provider);
}

std::vector<std::string> accounts_with_prefix(Handle& db, std::string_view prefix,
                                              std::size_t limit) {
  std::vector<std::string> accounts;
  db.each(
      "SELECT DISTINCT account FROM oauth_grants WHERE account >= ? AND account < ?"
      " ORDER BY account LIMIT ?",
      [&](const Row& row) { accounts.push_back(row.string(0)); }, prefix, past_prefix(prefix),
      limit);
  return accounts;
}

}  // namespace tokctl::db::oauth_grants
