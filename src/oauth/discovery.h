// A provider's endpoints, from its own metadata.
#pragma once

#include <string_view>

#include "model/oauth.h"
#include "oauth/http.h"

namespace tokctl::oauth {

// The metadata of `issuer`, by OpenID Connect Discovery 1.0 §4 or else RFC 8414 §3: endpoints,
// issuer and how clients authenticate. The issuer it names must be the one asked, to the letter
// (RFC 8414 §3.3). Throws Error(kRemote, "oauth.discovery") and what HttpClient::send throws.
OAuthProvider discover(HttpClient& http, std::string_view issuer);

// The same from the body of an answer.
OAuthProvider read_metadata(std::string_view json, std::string_view issuer);

}  // namespace tokctl::oauth
