#include "oauth/presets.h"

#include <catch2/catch.hpp>
#include <string>

#include "oauth/endpoint.h"

namespace tokctl::oauth {
namespace {

TEST_CASE("oauth presets: every one could be added by hand") {
  CHECK(presets().size() == 5);
  for (const Preset& preset : presets()) {
    INFO(preset.name);
    CHECK(find_preset(preset.name) == &preset);
    CHECK_NOTHROW(check_provider_name(preset.name));
    CHECK(check_endpoint(preset.auth_url, "auth_url").secure);
    CHECK(check_endpoint(preset.token_url, "token_url").secure);
    for (const auto url : {preset.device_url, preset.revoke_url}) {
      if (!url.empty()) CHECK(check_endpoint(url, "url").secure);
    }
    CHECK_NOTHROW(check_oauth_scope(preset.scope));
    const OAuthParams params = parse_oauth_params(preset.params);
    CHECK_NOTHROW(check_oauth_params(params));
  }
  CHECK(find_preset("nobody") == nullptr);
}

}  // namespace
}  // namespace tokctl::oauth
