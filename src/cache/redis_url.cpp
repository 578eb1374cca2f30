#include "cache/redis_url.h"

#include <algorithm>

#include "base/error.h"
#include "base/url.h"
#include "base/utf8.h"

namespace tokctl::cache {
namespace {

[[noreturn]] void refuse() {
  throw Error(Code::kUsage, "redis.url", "this is no URL of a Redis server",
              "redis://HOST:6379/0 or unix:///run/redis/redis.sock?db=0");
}

bool is_number(std::string_view text, std::size_t digits) {
  return !text.empty() && text.size() <= digits &&
         std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

// Takes `[USER][:PASSWORD]@` off the front of an authority.
void take_credentials(std::string_view& authority, RedisUrl& parsed) {
  const std::size_t at = authority.rfind('@');
  if (at == std::string_view::npos) return;
  const std::string_view credentials = authority.substr(0, at);
  const std::size_t colon = credentials.find(':');
  authority.remove_prefix(at + 1);
  // Without a colon it is a password, as when Redis knew no users.
  const bool alone = colon == std::string_view::npos;
  if (!alone) parsed.user = percent_decode(credentials.substr(0, colon));
  std::string password = percent_decode(alone ? credentials : credentials.substr(colon + 1));
  parsed.password = SecretString(password);
  wipe(password.data(), password.size());
}

void take_host(std::string_view authority, RedisUrl& parsed) {
  std::string_view host = authority, port;
  if (host.starts_with('[')) {  // RFC 3986 §3.2.2, an IPv6 address
    const std::size_t end = host.find(']');
    if (end == std::string_view::npos) refuse();
    port = host.substr(end + 1);
    host = host.substr(1, end - 1);
  } else {
    const std::size_t colon = std::min(host.find(':'), host.size());
    port = host.substr(colon);
    host = host.substr(0, colon);
  }
  if (host.empty() || (!port.empty() && !(port.front() == ':' && is_number(port.substr(1), 5))))
    refuse();
  parsed.host = host;
  if (!port.empty()) parsed.port = port.substr(1);
}

}  // namespace

RedisUrl parse_redis_url(std::string_view url) {
  constexpr std::string_view kTcp = "redis://", kUnix = "unix://";
  if (url.starts_with("rediss://")) {
    throw Error(Code::kUsage, "redis.tls", "Redis over TLS is not part of this program",
                "a local tunnel (stunnel, ssh -L) and redis://127.0.0.1; values are sealed anyway");
  }
  if (has_control(url)) refuse();
  RedisUrl parsed;
  if (url.starts_with(kTcp)) {
    std::string_view rest = url.substr(kTcp.size());
    const std::size_t slash = std::min(rest.find('/'), rest.size());
    std::string_view authority = rest.substr(0, slash);
    rest.remove_prefix(std::min(slash + 1, rest.size()));
    take_credentials(authority, parsed);
    take_host(authority, parsed);
    if (!rest.empty()) parsed.database = rest;
  } else if (url.starts_with(kUnix)) {
    std::string_view rest = url.substr(kUnix.size());
    const std::size_t slash = rest.find('/');
    if (slash == std::string_view::npos) refuse();
    std::string_view authority = rest.substr(0, slash);
    take_credentials(authority, parsed);
    if (!authority.empty()) refuse();
    rest.remove_prefix(slash);
    const std::size_t query = std::min(rest.find('?'), rest.size());
    parsed.socket = percent_decode(rest.substr(0, query));
    rest.remove_prefix(query);
    constexpr std::string_view kDatabase = "?db=";
    if (!rest.empty() && !rest.starts_with(kDatabase)) refuse();
    if (!rest.empty()) parsed.database = rest.substr(kDatabase.size());
  } else {
    refuse();
  }
  if (!is_number(parsed.database, 5)) refuse();
  return parsed;
}

}  // namespace tokctl::cache
