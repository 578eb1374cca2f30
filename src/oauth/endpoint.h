// Which URLs tokctl talks to at all.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace tokctl::oauth {

inline constexpr std::size_t kUrlMax = 2048;  // bytes

struct Endpoint {
  std::string host;  // lowercase, with its port if one is written: what messages name
  bool secure = true;
};

// Judges an absolute URL, called `what` in messages, so strictly that no other parser can find
// another host in it: https, or http to localhost, 127.0.0.1 or [::1]; no user, no fragment, no
// white space or control character. Throws Error(kUsage, "oauth.url").
Endpoint check_endpoint(std::string_view url, std::string_view what);

}  // namespace tokctl::oauth
