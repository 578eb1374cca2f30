// Where a Redis server is.
#pragma once

#include <string>
#include <string_view>

#include "base/secret.h"

namespace tokctl::cache {

struct RedisUrl {
  std::string socket;  // path of a Unix socket; empty: by TCP
  std::string host;
  std::string port = "6379";
  std::string user;  // empty: Redis' default user
  SecretString password;
  std::string database = "0";
};

// redis://[[USER]:PASSWORD@]HOST[:PORT][/DATABASE] or unix://[[USER]:PASSWORD@]/PATH[?db=DATABASE],
// user and password percent-encoded. Throws Error(kUsage, "redis.url") for anything else, and
// "redis.tls" for rediss://.
RedisUrl parse_redis_url(std::string_view url);

}  // namespace tokctl::cache
