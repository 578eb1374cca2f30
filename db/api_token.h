// The table `api_tokens`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "db/handle.h"
#include "db/range.h"
#include "db/user.h"
#include "model/api_token.h"
#include "model/page.h"

namespace tokctl::db::api_tokens {

// The key of the row that has this digest: the number that its first 8 bytes make, as a signed one.
// Digests are as good as random: of ten million, two share it once in hundred thousand databases.
std::int64_t lookup_of(std::string_view digest);

// `digest` is hex, and its key taken by no other row: DbError(kUnique) otherwise.
void insert(Handle& db, const ApiToken& token, std::string_view digest);

std::optional<ApiToken> find(Handle& db, std::string_view id, Locking lock = Locking::kNone);

std::optional<std::string> digest_of(Handle& db, std::string_view id);

// A token with what judging it needs to know of its owner.
struct Owner {
  std::string email;
  std::string full_name;
  UserStatus status = UserStatus::kActive;
  bool deleted = false;
};
struct WithOwner {
  ApiToken token;
  Owner owner;
  std::int64_t lookup = 0;  // its row's key
};
std::optional<WithOwner> find_with_owner(Handle& db, std::string_view digest);

// Ends a token. False when it was revoked before or does not exist.
bool revoke(Handle& db, std::string_view id, Time now);
// Ends the live tokens of a user; how many there were.
std::int64_t revoke_all(Handle& db, std::string_view public_id, Time now);
// Ends the live tokens whose digest was made under a root key; how many there were.
std::int64_t revoke_of_root_key(Handle& db, std::string_view root_key_id, Time now);

// Records a successor, and the end that leaves the old one its overlap: writes back replaced_by
// and expires_at. False when there is no such row.
bool replace(Handle& db, const ApiToken& token);

// Records a use, and with it the new idle deadline. Later uses win, whatever order they come in; a
// revoked token stays as it is. False when nothing was written.
bool used(Handle& db, std::int64_t lookup, Time at);

// A page in order of (created_at, id).
struct Query {
  std::string public_id;               // empty: everybody's
  std::string name;                    // empty: any
  std::optional<Time> live_at;         // only those live then
  std::optional<Time> expires_before;  // only those that expire, and before then
  std::optional<Time> unused_since;    // only those not used since: neither then nor later
  bool descending = false;
  std::size_t limit = kPageMax;
};
std::vector<ApiToken> list(Handle& db, const Query& query, const Place* after);

// Deletes at most `limit` tokens that ended before `before`; how many. And how many it would be.
std::int64_t prune(Handle& db, Time before, std::size_t limit);
std::int64_t count_prunable(Handle& db, Time before);

// The ids of at most `limit` tokens that nothing of tokctl's can have written: whose end is not
// what their times say, or whose digest is none or not what they are kept by. Reads every row,
// `page` at a time.
std::vector<std::string> inconsistent(Handle& db, std::size_t limit, std::size_t page = 1000);

// For completion: at most `limit` ids that begin with `prefix`, in order.
std::vector<std::string> ids_with_prefix(Handle& db, std::string_view prefix, std::size_t limit);

}  // namespace tokctl::db::api_tokens
