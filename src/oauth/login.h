// Obtaining a grant: a person authorizes us at the provider, here or on another device, or the
// client asks for itself.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/secret.h"
#include "model/oauth.h"
#include "oauth/response.h"

namespace tokctl::auth {
struct Context;
}

namespace tokctl::oauth {

// An authorization code flow that has begun (RFC 6749 §4.1, RFC 7636). `url` is for the person.
struct CodeLogin {
  GrantRef ref;
  std::string redirect_uri;
  std::string url;
  SecretString state;
  SecretString verifier;
};

// A device flow that has begun (RFC 8628): the person goes to `codes.verification_uri` and enters
// `codes.user_code`.
struct DeviceLogin {
  GrantRef ref;
  DeviceResponse codes;
};

// Thread-safe. An empty scope stands for the provider's. All throw Error(kNotFound,
// "oauth.provider_not_found"), kUsage "oauth.no_endpoint" for a flow that the provider does not
// have, kRemote, and kDeclined "oauth.declined" when the person says no.
class Login {
 public:
  explicit Login(auth::Context& context) : context_(context) {}

  // `redirect_uri` is one that the client is registered with.
  CodeLogin start(const GrantRef& ref, const std::string& redirect_uri, std::string_view scope);
  // Whether this is where `login` leads back to: the query of its redirect, with its state. Others
  // may send a browser to the same address.
  static bool answers(const CodeLogin& login, std::string_view query);
  // Ends it with the query of the redirect. Throws Error(kUsage, "oauth.redirect") for one that
  // does not answer it.
  OAuthGrant finish(const CodeLogin& login, std::string_view query);
  // As above with the whole URL, as a person copies it.
  OAuthGrant finish_with_url(const CodeLogin& login, std::string_view url);

  DeviceLogin start_device(const GrantRef& ref, std::string_view scope);
  // Asks, as often as the provider allows, until the person has decided or the code has expired:
  // then Error(kReauthorize, "oauth.expired").
  OAuthGrant finish(const DeviceLogin& login);

  OAuthGrant client_credentials(const GrantRef& ref, std::string_view scope);

 private:
  OAuthGrant keep(const GrantRef& ref, GrantKind kind, std::string_view scope, Answer answer);

  auth::Context& context_;
};

}  // namespace tokctl::oauth
