// Logging in and out, and going on: what ends users' clients ask.
#pragma once

#include "http/fields.h"
#include "http/message.h"
#include "tokctl.h"

namespace tokctl::http {

// An email and a password for a web token or, with `token_type=jwt`, a JWT and a refresh token.
Response login(Tokctl& library, const Policy& policy, const Request& request, Clock& clock);
// The refresh grant of RFC 6749 §6.
Response refresh(Tokctl& library, const Request& request, Clock& clock);
// Ends the session whose token the request comes with.
Response logout(Tokctl& library, const Request& request);

}  // namespace tokctl::http
