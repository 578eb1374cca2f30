// Beginning a session, inside a transaction of the caller's.
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

}  // namespace tokctl::auth
