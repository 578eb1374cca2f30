// Keeping a grant fresh when any number of processes want it at once. Internal to Grants.
//
// Whose turn it is is decided in the database, by a lease on the grant's row:
//
//   1. intent: the lease is taken by compare-and-swap, and committed
//   2. the refresh token is sent
//   3. the answer is committed, before anybody uses it, and the lease is over
//
// Everybody else waits and reads the row again. So a refresh token that is good for one use is sent
// once. Whoever dies between 1 and 3 leaves a lease that runs out; then it is sent once more.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "auth/context.h"
#include "base/error.h"
#include "db/oauth_grant.h"
#include "oauth/response.h"

namespace tokctl::oauth {

// Longer than a call can take (15 s, see HttpLimits) by as much as clocks of two hosts may differ.
inline constexpr Seconds kLease{30};

struct Wanted {
  Seconds min_valid{0};
  // The tokens that are known to be no good, whatever their age, by their generation.
  std::optional<std::int64_t> stale;
  bool waits = true;  // for another who is refreshing it; else nothing is done then
};

struct Freshened {
  enum class Trouble {
    kNone,
    kFailed,       // the provider, or the way there
    kNeedsReauth,  // the provider does not take the refresh token, or the grant was revoked
    kNoRefresh,    // there is nothing to refresh it with
  };
  db::oauth_grants::GrantRow row;  // as it is now
  bool refreshed = false;          // by this call
  Trouble trouble = Trouble::kNone;
  std::string message;    // of the trouble
  bool now_lost = false;  // this call found out that it needs a person
};

// Returns when the grant is as wanted, by this process's doing or another's, or cannot be. A
// token's life may be shorter than what is wanted: then half its life is enough, or every call
// would refresh. Throws when the database cannot be asked, the grant is gone or does not open.
Freshened freshen(auth::Context& context, db::oauth_grants::GrantRow row, const Wanted& wanted);

// For who ends a grant at its provider: nobody refreshes it meanwhile, so no tokens come that would
// outlive it. Waits for whoever does already. The row as it is then, leased if it is active; throws
// Error(kRemote, "oauth.revoke_failed") when the other does not come to an end.
db::oauth_grants::GrantRow hold(auth::Context& context, const GrantRef& ref);
// When it was not ended after all. Never throws: the lease runs out by itself.
void let_go(auth::Context& context, const db::oauth_grants::GrantRow& held) noexcept;

Error revoke_failed(const GrantRef& ref, std::string_view why);

// The trouble there is: kRemote "oauth.refresh_failed" or kReauthorize "oauth.needs_reauth".
Error error_of(const Freshened& result);

// How long to wait after that many failures in a row: 30 s, 60 s ... 15 minutes, the second half of
// it at random, so that what failed together is not tried again together.
Seconds backoff(std::int64_t failures, Random& random);

}  // namespace tokctl::oauth
