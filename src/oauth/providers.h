// Providers: who issues credentials to us.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/secret.h"
#include "model/oauth.h"
#include "model/page.h"

namespace tokctl::auth {
struct Context;
}

namespace tokctl::oauth {

// What adding or updating a provider sets; nothing leaves a field as it is, or as the preset, the
// discovery or the default has it. An empty URL takes an endpoint away.
struct ProviderSettings {
  std::optional<std::string> client_id;
  std::optional<SecretString> client_secret;
  std::optional<ClientAuth> auth_method;
  std::optional<std::string>
      issuer;  // its metadata is read, and gives the endpoints not named here
  std::optional<std::string> auth_url, token_url, device_url, revoke_url;
  std::optional<std::string> scope;
  std::optional<OAuthParams> params;
};

struct ProviderChange {
  OAuthProvider provider;
  bool changed = false;
};

// Thread-safe. Each change is one transaction with its event.
class Providers {
 public:
  explicit Providers(auth::Context& context) : context_(context) {}

  // One whose name is that of a preset begins as that, unless an issuer is given; `preset` names
  // another. Without an auth method, a client without a secret is a public one. Throws
  // Error(kConflict, "oauth.provider_exists"), kUsage, and what discovery throws.
  OAuthProvider add(const std::string& name, const std::string& preset,
                    const ProviderSettings& settings);
  // Throws Error(kNotFound, "oauth.provider_not_found"), as those below do.
  ProviderChange update(const std::string& name, const ProviderSettings& settings);
  OAuthProvider get(std::string_view name);
  Page<OAuthProvider> list(std::size_t limit, const std::string& page_token);
  // Throws Error(kPolicy, "oauth.provider_in_use") while there are grants from it.
  OAuthProvider remove(const std::string& name);

  std::vector<std::string> names_with_prefix(std::string_view prefix, std::size_t limit);

 private:
  auth::Context& context_;
};

}  // namespace tokctl::oauth
