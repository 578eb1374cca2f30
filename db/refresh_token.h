// The table `refresh_tokens`.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "db/handle.h"
#include "db/range.h"
#include "model/page.h"
#include "model/refresh_token.h"

namespace tokctl::db::refresh_tokens {

void insert(Handle& db, const RefreshToken& token, std::string_view digest);

std::optional<RefreshToken> find(Handle& db, std::string_view id);
std::optional<RefreshToken> find_by_digest(Handle& db, std::string_view digest);

// Marks a token used, with the one that follows it. False when somebody else has used it already:
// of any number that try, one gets true.
bool use(Handle& db, std::string_view id, Time now, std::string_view successor_id);

// Ends every one not used that was made under a root key; how many there were.
std::int64_t end_of_root_key(Handle& db, std::string_view root_key_id, Time now);

// A page of those not used, in order of (created_at, id).
struct Query {
  std::string public_id;               // empty: everybody's
  std::optional<Time> live_at;         // only those that live then, and their families
  std::optional<Time> expires_before;  // only those that expire before then
  bool descending = false;
  std::size_t limit = kPageMax;
};
std::vector<RefreshToken> list(Handle& db, const Query& query, const Place* after);

// For completion: at most `limit` ids that begin with `prefix`, in order.
std::vector<std::string> ids_with_prefix(Handle& db, std::string_view prefix, std::size_t limit);

// Deletes at most `limit` that expired before `before`; how many. And how many it would be.
std::int64_t prune(Handle& db, Time before, std::size_t limit);
std::int64_t count_prunable(Handle& db, Time before);

}  // namespace tokctl::db::refresh_tokens
