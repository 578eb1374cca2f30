// The table `sessions`.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "db/handle.h"
#include "db/range.h"
#include "db/user.h"
#include "model/page.h"
#include "model/session.h"

namespace tokctl::db::sessions {

void insert(Handle& db, const Session& session);

std::optional<Session> find(Handle& db, std::string_view session_id);

// A session with what validating its token needs to know of its owner: one join by primary keys,
// and no column more than that, since this is read for every request.
struct Owner {
  std::string email;
  std::string full_name;
  UserStatus status = UserStatus::kActive;
  bool deleted = false;
  std::string private_id;
  std::string password_tag;  // hex
};
struct WithOwner {
  Session session;
  Owner owner;
};
std::optional<WithOwner> find_with_owner(Handle& db, std::string_view session_id);

// The newest live session of a user and kind, or nothing.
std::optional<Session> latest_live(Handle& db, std::string_view public_id, SessionKind kind,
                                   Time now);

// Ends a session. False when it was ended before or does not exist.
bool revoke(Handle& db, std::string_view session_id, Time now);
// Ends the live sessions of a user, of one kind or all, except `except` if not empty; how many
// there were. Those whose JWTs are taken for a while yet live, here and in the next two.
std::int64_t revoke_all(Handle& db, std::string_view public_id, std::optional<SessionKind> kind,
                        std::string_view except, Time now);
// As above for one kind and source: what single sign-on ends.
std::int64_t revoke_source(Handle& db, std::string_view public_id, SessionKind kind,
                           std::string_view source, std::string_view except, Time now);

// Ends every live session made under a root key; how many there were.
std::int64_t revoke_of_root_key(Handle& db, std::string_view root_key_id, Time now);

// A page in order of (created_at, session_id).
struct Query {
  std::string public_id;  // empty: everybody's
  std::optional<SessionKind> kind;
  std::optional<Time> live_at;         // only those live then
  std::optional<Time> expires_before;  // only those that expire, and before then
  bool descending = false;
  std::size_t limit = kPageMax;
};
std::vector<Session> list(Handle& db, const Query& query, const Place* after);

// Deletes at most `limit` sessions that expired or were revoked before `before`; how many. And how
// many it would be.
std::int64_t prune(Handle& db, Time before, std::size_t limit);
std::int64_t count_prunable(Handle& db, Time before);

// Whether a user has a live session of scheme kit: while one lives, the sealed kit columns stay.
bool has_live_kit(Handle& db, std::string_view public_id, Time now);

// For completion: at most `limit` ids that begin with `prefix`, in order.
std::vector<std::string> ids_with_prefix(Handle& db, std::string_view prefix, std::size_t limit);

}  // namespace tokctl::db::sessions
