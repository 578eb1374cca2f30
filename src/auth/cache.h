// The caches, as an operator looks after them.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "auth/sessions.h"
#include "base/config.h"
#include "base/random.h"
#include "model/token.h"
#include "model/user.h"

namespace tokctl::auth {

struct Context;

// One level, and how it is. What cannot be known is absent.
struct CacheLevel {
  enum class State { kUp, kDown, kOff };
  std::string name;  // map, redis, database: in the order in which they are asked
  State state = State::kUp;
  std::optional<std::chrono::microseconds> latency;  // of one question
  std::optional<std::int64_t> entries;
  std::optional<std::int64_t> bytes;  // of memory
  // Of all processes that share the Redis, up to 31 s ago; without one, of this process.
  std::optional<std::uint64_t> hits, misses;
  std::string where;    // URL, without a password
  std::string problem;  // empty unless it is down
};
std::string_view to_text(CacheLevel::State state);  // up, down, off

// Looks at every level, for a program that has not opened the database and may not be able to.
// Changes nothing.
std::vector<CacheLevel> cache_status(const Config& config, Clock& clock, Random& random,
                                     const Progress& progress = {});

// What to forget: of a user, of a type of token, what a pattern of keys matches, or everything.
struct FlushQuery {
  std::optional<UserRef> user;
  std::optional<TokenType> type;
  std::string pattern;  // a glob of Redis', behind the prefix
};

struct Flushed {
  std::string public_id;     // of the user, if one was named
  bool redis = false;        // whether Redis took part
  std::int64_t removed = 0;  // keys that Redis had
  std::string problem;       // why Redis did not, if it should have
};

inline constexpr std::size_t kWarmedOfUser = 64;

struct Warmed {
  std::int64_t keys = 0;  // of JWTs
  std::int64_t tokens = 0;
};

// Thread-safe.
class Cache {
 public:
  explicit Cache(Context& context) : context_(context) {}

  // With the memory of this process, if it remembers verdicts.
  std::vector<CacheLevel> status(const Progress& progress = {});

  // Puts into Redis the keys that verify JWTs, and what the database says of the `limit` API tokens
  // that were used last. On a dry run, counts them. Throws Error(kUsage, "redis.none") without a
  // Redis, kUnavailable "redis.down".
  Warmed warm(std::size_t limit, const Progress& progress = {});

  // Of a user who has come back: puts into Redis what the database says of his newest API tokens,
  // kWarmedOfUser at most. How many; none where this process shares no verdicts, or Redis is down.
  std::int64_t warm_user(std::string_view public_id);

  // Has every process forget, within the time that a revocation takes, and Redis at once. At most
  // one of the query's fields is set; forgetting by type or pattern, processes forget everything.
  // Redis in trouble does not matter: what is in it counts no longer. Throws Error(kNotFound,
  // "user.not_found"), kUsage "cache.pattern".
  Flushed flush(const FlushQuery& query, const Progress& progress = {});

 private:
  Context& context_;
};

}  // namespace tokctl::auth
