// What a web server in front asks: whether a request may pass, and whose it is.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "auth/tokens.h"
#include "http/message.h"
#include "model/token.h"

namespace tokctl::http {

// What `?scope=`, `?role=` and `?audience=` ask for. Nothing for a query with anything else in it:
// a requirement that is misspelt must not be none.
std::optional<auth::Required> required_of(std::string_view query);

// The credential that a request comes with: in its Authorization header or, if that is not there,
// in the cookie of that name (empty: in none). Nothing when there is none, or something that is
// none.
struct Credential {
  bool presented = false;  // something was, be it malformed
  std::optional<std::string> token;
};
Credential credential_of(const Request& request, std::string_view cookie);

// 200, with who it is in X-Auth-*: always in all of them, since a server that finds one missing may
// let the client's own pass.
Response passed(const Principal& principal);
// 401 or 403 (RFC 6750 §3.1). Whatever the reason, a refused credential reads the same.
Response refused(const Credential& credential, Refusal reason, const auth::Required& required);

}  // namespace tokctl::http
