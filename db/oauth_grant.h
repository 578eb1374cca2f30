// The table `oauth_grants`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "db/handle.h"
#include "model/oauth.h"
#include "model/page.h"

namespace tokctl::db::oauth_grants {

struct GrantRow {
  OAuthGrant grant;
  // Sealed, and bound to what follows here. NULL: revoked, or never had one.
  std::optional<std::string> access_token, refresh_token;
  std::int64_t generation = 0;  // of the tokens: another number, other tokens
  std::string lease_id;         // whose turn it is to refresh; empty: nobody's
  std::optional<Time> lease_until;
};

// Whose the tokens are and what for. The refresh token outlives a change of the scope.
std::string access_bound(const OAuthGrant& grant);
std::string refresh_bound(const OAuthGrant& grant);

// Account, provider and label together must be free: DbError(kUnique) otherwise.
void insert(Handle& db, const GrantRow& row);
std::optional<GrantRow> find(Handle& db, std::string_view id, Locking lock = Locking::kNone);
std::optional<GrantRow> find(Handle& db, const GrantRef& ref, Locking lock = Locking::kNone);
// Writes back everything but id, ref and created_at. False when there is no such row.
bool update(Handle& db, const GrantRow& row);
bool remove(Handle& db, std::string_view id);

// Takes the lease of a grant as it was read, by compare-and-swap: false when another has it, or
// tokens or failures have come since.
bool take_lease(Handle& db, const GrantRow& read, std::string_view lease_id, Time now, Time until);
// Gives it back, unless it has passed to another.
void end_lease(Handle& db, std::string_view id, std::string_view lease_id);

// A page in order of (account, provider, label).
struct Query {
  std::string account;   // empty: everybody's
  std::string provider;  // empty: any
  std::optional<GrantState> state;
  std::optional<Time> expires_before;  // only those that expire, and before then
  std::size_t limit = kPageMax;
};
std::vector<OAuthGrant> list(Handle& db, const Query& query, const GrantRef* after);

// What is to be refreshed: those whose access token expires at or before `until` and that need not
// wait until later than `now`, in order of (expires_at, id).
struct Due {
  std::string id;
  Time expires_at;
};
std::vector<Due> due(Handle& db, Time until, Time now, const Due* after, std::size_t limit);

// The ids of those that were revoked before `before`, in order of id. Read along the table's key:
// there is one of an account, provider and label at most, and few are revoked.
std::vector<std::string> revoked(Handle& db, Time before, std::string_view after,
                                 std::size_t limit);
// False when it is not there, or was authorized again since.
bool remove_revoked(Handle& db, std::string_view id, Time before);

std::int64_t count_of_provider(Handle& db, std::string_view provider);
// For completion: at most `limit` accounts that begin with `prefix`, in order.
std::vector<std::string> accounts_with_prefix(Handle& db, std::string_view prefix,
                                              std::size_t limit);

}  // namespace tokctl::db::oauth_grants
