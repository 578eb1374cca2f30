// OAuth, for a program:
//
//   auto t = tokctl::open(config);
//   t.oauth().providers().add("github", {}, {.client_id = "…", .client_secret = …});
//   auto grant = t.oauth().grant({.account = "alice", .provider = "github"});
//   auto response = grant.client().send({.url = "https://api.github.com/user"});
#pragma once

#include "oauth/client.h"
#include "oauth/grants.h"
#include "oauth/login.h"
#include "oauth/providers.h"

namespace tokctl::oauth {

// One grant, by name: it need not exist yet.
class Grant {
 public:
  Grant(Grants& grants, GrantRef ref) : grants_(grants), ref_(std::move(ref)) {}

  AccessToken token(const Fresh& fresh = {}) { return grants_.get(ref_, fresh); }
  GrantClient client() { return {grants_, ref_}; }

 private:
  Grants& grants_;
  GrantRef ref_;
};

// Thread-safe.
class OAuth {
 public:
  explicit OAuth(auth::Context& context) : providers_(context), grants_(context), login_(context) {}

  Providers& providers() { return providers_; }
  Grants& grants() { return grants_; }
  Login& login() { return login_; }
  Grant grant(GrantRef ref) { return {grants_, std::move(ref)}; }

 private:
  Providers providers_;
  Grants grants_;
  Login login_;
};

}  // namespace tokctl::oauth
