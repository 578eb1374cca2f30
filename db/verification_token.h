// The table `verification_tokens`: one row for each user and purpose.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "db/handle.h"
#include "db/range.h"
#include "model/page.h"
#include "model/verification_token.h"

namespace tokctl::db::verification_tokens {

// Takes the place of the one before, whose tries go on counting. Under the lock of the user's row,
// since two could insert at once.
void put(Handle& db, const VerificationToken& token, std::string_view digest);

std::optional<VerificationToken> find(Handle& db, std::string_view public_id, Purpose purpose,
                                      Locking lock = Locking::kNone);
std::optional<VerificationToken> find(Handle& db, std::string_view id);
std::optional<VerificationToken> find_by_digest(Handle& db, std::string_view digest);

// Spends a token. False when it has been spent, replaced or has expired: of any number that try,
// one gets true.
bool consume(Handle& db, std::string_view id, Time now);

// Writes back `tries` and `tries_since`.
void count_try(Handle& db, const VerificationToken& token);

// Ends what is open of a user, for one purpose or all; how many there were.
std::int64_t void_all(Handle& db, std::string_view public_id, std::optional<Purpose> purpose,
                      Time now);
// Ends every open one made under a root key; how many there were.
std::int64_t void_of_root_key(Handle& db, std::string_view root_key_id, Time now);
// By id; false when it was not open.
bool void_one(Handle& db, std::string_view id, Time now);

// A page of them, used ones too, in order of (created_at, id).
struct Query {
  std::string public_id;               // empty: everybody's
  std::optional<Time> live_at;         // only those that are good for something then
  std::optional<Time> expires_before;  // only those that expire before then
  bool descending = false;
  std::size_t limit = kPageMax;
};
std::vector<VerificationToken> list(Handle& db, const Query& query, const Place* after);

// For completion: at most `limit` ids that begin with `prefix`, in order.
std::vector<std::string> ids_with_prefix(Handle& db, std::string_view prefix, std::size_t limit);

// Deletes at most `limit` that expired before `before`; how many. And how many it would be.
std::int64_t prune(Handle& db, Time before, std::size_t limit);
std::int64_t count_prunable(Handle& db, Time before);

}  // namespace tokctl::db::verification_tokens
