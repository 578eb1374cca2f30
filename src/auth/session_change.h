// Beginning and ending sessions, inside a transaction of the caller's.
#pragma once

#include "auth/change.h"
#include "auth/sessions.h"
#include "db/user.h"

namespace tokctl::auth {

struct Begun {
  Session session;
  std::int64_t sessions_revoked = 0;
};

// The row and its event; with `request.single`, the end of the others first. Throws Error(kPolicy,
// "user.disabled"), kUsage "session.expires".
Begun begin_session(Context& context, Change& change, const User& user, const NewSession& request);

// Ends a session, with its event; false when it had ended already.
bool end_session(Change& change, const Session& session);

// Ends all live ones of a user, of one kind or of both, with one event; how many.
std::int64_t end_sessions_of(Change& change, const std::string& public_id,
                             std::optional<SessionKind> kind);

}  // namespace tokctl::auth
