// What OAuth has done in the background of a program that runs on.
#pragma once

#include "auth/upkeep.h"
#include "oauth/grants.h"

namespace tokctl::oauth {

// Refreshes what is due, a few at once, every minute. Tells of each grant that it could not be done
// for: kRemote "oauth.refresh_failed", each time it is tried, or kReauthorize "oauth.needs_reauth",
// once.
auth::Duty refresh_duty(Grants& grants);

}  // namespace tokctl::oauth
