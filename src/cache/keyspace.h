// What lies in Redis under our prefix, taken as a whole: for operators, and never with KEYS, which
// stops everybody else.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cache/redis.h"
#include "cache/stats.h"

namespace tokctl::cache {

// Thread-safe as far as `redis` is.
class Keyspace {
 public:
  Keyspace(Redis& redis, std::string prefix) : redis_(redis), prefix_(std::move(prefix)) {}

  std::string key(std::string_view rest) const { return prefix_ + std::string(rest); }

  // Gives the keys that match the prefix and then `pattern`, a glob of Redis' own, some at a time;
  // one may come twice. `progress` is told how many of how many keys were looked at. Throws
  // Error(kUnavailable, "redis.down").
  using Take = std::function<void(const std::vector<std::string>& keys)>;
  using Progress = std::function<void(std::int64_t done, std::int64_t total)>;
  void each(std::string_view pattern, const Take& take, const Progress& progress) const;

  // Deletes keys, or on a dry run counts them; how many there were. Throws as `each`.
  std::int64_t remove(const std::vector<std::string>& keys, bool dry_run) const;

  // Counts of all processes that share this Redis, kept as long as somebody adds to them once a
  // week. False and nothing when it is in trouble.
  bool add(const Stats& more) const;
  std::optional<Stats> stats() const;

  // Whether it holds a verdict, or a key of JWTs or their set.
  bool is_entry(std::string_view key) const {
    return key.starts_with(this->key("token:")) || key.starts_with(this->key("jwt_key"));
  }
  // Whether it is there for something else than verdicts: the counts, and what a probe writes.
  bool is_own(std::string_view key) const {
    return key == this->key("stats") || key == this->key("probe");
  }

  // The replies to `commands`. Throws as `each`.
  std::vector<RedisReply> ask(const RedisCommands& commands) const;

 private:
  Redis& redis_;
  const std::string prefix_;
};

}  // namespace tokctl::cache
