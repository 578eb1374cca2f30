// Providers whose endpoints need not be looked up.
#pragma once

#include <span>
#include <string_view>

#include "model/oauth.h"

namespace tokctl::oauth {

struct Preset {
  std::string_view name;
  std::string_view auth_url, token_url, device_url, revoke_url;
  std::string_view scope;
  std::string_view params;  // a JSON object
  ClientAuth auth_method;
};

std::span<const Preset> presets();
const Preset* find_preset(std::string_view name);

}  // namespace tokctl::oauth
