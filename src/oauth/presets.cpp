#include "oauth/presets.h"

#include <algorithm>

namespace tokctl::oauth {

std::span<const Preset> presets() {
  // As each documents them. What is empty it does not have: GitHub revokes by an API of its own.
  static constexpr Preset kPresets[] = {
      {.name = "salla",
       .auth_url = "https://accounts.salla.sa/oauth2/auth",
       .token_url = "https://accounts.salla.sa/oauth2/token",
       .device_url = {},
       .revoke_url = {},
       .scope = "offline_access",
       .params = "{}",
       .auth_method = ClientAuth::kPost},
      {.name = "github",
       .auth_url = "https://github.com/login/oauth/authorize",
       .token_url = "https://github.com/login/oauth/access_token",
       .device_url = "https://github.com/login/device/code",
       .revoke_url = {},
       .scope = {},
       .params = "{}",
       .auth_method = ClientAuth::kPost},
      // Without these two Google gives a refresh token the first time only.
      {.name = "google",
       .auth_url = "https://accounts.google.com/o/oauth2/v2/auth",
       .token_url = "https://oauth2.googleapis.com/token",
       .device_url = "https://oauth2.googleapis.com/device/code",
       .revoke_url = "https://oauth2.googleapis.com/revoke",
       .scope = "openid email",
       .params = R"({"access_type":"offline","prompt":"consent"})",
       .auth_method = ClientAuth::kPost},
      {.name = "gitlab",
       .auth_url = "https://gitlab.com/oauth/authorize",
       .token_url = "https://gitlab.com/oauth/token",
       .device_url = "https://gitlab.com/oauth/authorize_device",
       .revoke_url = "https://gitlab.com/oauth/revoke",
       .scope = "read_api",
       .params = "{}",
       .auth_method = ClientAuth::kPost},
      {.name = "microsoft",
       .auth_url = "https://login.microsoftonline.com/common/oauth2/v2.0/authorize",
       .token_url = "https://login.microsoftonline.com/common/oauth2/v2.0/token",
       .device_url = "https://login.microsoftonline.com/common/oauth2/v2.0/devicecode",
       .revoke_url = {},
       .scope = "offline_access openid",
       .params = "{}",
       .auth_method = ClientAuth::kPost},
  };
  return kPresets;
}

const Preset* find_preset(std::string_view name) {
  const auto found = std::ranges::find(presets(), name, &Preset::name);
  return found == presets().end() ? nullptr : &*found;
}

}  // namespace tokctl::oauth
