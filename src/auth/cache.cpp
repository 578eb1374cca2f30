#include "auth/cache.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "auth/change.h"
#include "auth/context.h"
#include "auth/opening.h"
#include "auth/read.h"
#include "auth/user_rows.h"
#include "base/error.h"
#include "base/utf8.h"
#include "cache/keyspace.h"
#include "crypto/cache_seal.h"
#include "db/event.h"

namespace tokctl::auth {
namespace {

using State = CacheLevel::State;

constexpr std::size_t kPatternMax = 200;

// Redis for an operator, who has more patience than a validation.
struct OperatorsRedis {
  explicit OperatorsRedis(const Config& config)
      : redis(cache::parse_redis_url(config.redis), config.timeout),
        keys(redis, config.cache.redis_prefix) {}
  cache::Redis redis;
  cache::Keyspace keys;
};

template <typename Question>
std::chrono::microseconds time_of(const Clock& clock, const Question& question) {
  const Clock::Steady started = clock.steady();
  question();
  return std::chrono::duration_cast<std::chrono::microseconds>(clock.steady() - started);
}

// The `used_memory` that INFO tells of. Whoever may not ask for it does not learn it.
std::optional<std::int64_t> memory_of(cache::Redis& redis) {
  constexpr std::string_view kName = "used_memory:";
  const auto replies = redis.run({{"INFO", "memory"}});
  if (!replies) return std::nullopt;
  const std::string& text = replies->front().text;
  const std::size_t at = text.find(kName);
  std::int64_t bytes = 0;
  if (at == std::string::npos ||
      std::from_chars(text.data() + at + kName.size(), text.data() + text.size(), bytes).ec !=
          std::errc())
    return std::nullopt;
  return bytes;
}

CacheLevel map_level(const cache::Map& map, const Clock& clock) {
  return {.name = "map",
          .latency = time_of(clock, [&] { map.find("", clock.steady()); }),
          .entries = static_cast<std::int64_t>(map.size()),
          .bytes = static_cast<std::int64_t>(map.bytes())};
}

// Nothing in `stats` when Redis counts nothing.
CacheLevel redis_level(const Config& config, const Clock& clock, const Progress& progress,
                       std::optional<cache::Stats>& stats) {
  CacheLevel level{.name = "redis", .state = State::kOff};
  if (config.redis.empty()) return level;
  level.where = without_password(config.redis);
  OperatorsRedis with(config);
  try {
    // What does not take a write is of no use.
    if (!with.redis.probe(with.keys.key("probe"))) with.keys.ask({{"PING"}});
    level.latency = time_of(clock, [&] { with.keys.ask({{"PING"}}); });
    std::int64_t entries = 0;
    const auto count = [&](const auto& keys) {
      entries += std::ranges::count_if(
          keys, [&](const std::string& key) { return with.keys.is_entry(key); });
    };
    with.keys.each("*", count, progress);
    level.entries = entries;
    stats = with.keys.stats();
    level.bytes = memory_of(with.redis);
    level.state = State::kUp;
  } catch (const Error& error) {
    if (error.code() != Code::kUnavailable) throw;
    level.state = State::kDown;
    level.problem = error.message();
  }
  return level;
}

CacheLevel database_level(Context& context) {
  CacheLevel level{.name = "database", .where = without_password(context.config.db)};
  const auto ask = [&] {
    read(context, [](db::Handle& db) { return db::events::head(db, db::Locking::kNone).seq; });
  };
  ask();  // connects
  level.latency = time_of(context.clock, ask);
  return level;
}

void tell(std::vector<CacheLevel>& levels, const std::optional<cache::Stats>& stats) {
  if (!stats) return;
  levels[0].hits = stats->map_hits;
  levels[0].misses = stats->map_misses;
  if (levels[1].state != State::kOff) {
    levels[1].hits = stats->redis_hits;
    levels[1].misses = stats->redis_misses;
  }
  levels[2].hits = stats->database_hits;
  levels[2].misses = stats->database_misses;
}

// The type of what is sealed in an entry; nothing when it is none of ours.
std::optional<TokenType> type_of(const Context& context, const std::string& key,
                                 const cache::RedisReply& value) {
  const auto entry = cache::Shared::open(context.keyring, key, value.text);
  return entry ? std::optional((*entry)->principal.type) : std::nullopt;
}

// Those of `keys` that hold entries of that type, or nothing that anybody can use.
std::vector<std::string> of_type(const Context& context, const cache::Keyspace& keyspace,
                                 const std::vector<std::string>& keys, TokenType type) {
  cache::RedisCommands gets;
  for (const std::string& key : keys) gets.add({"GET", key});
  const auto values = keyspace.ask(gets);
  std::vector<std::string> found;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (type_of(context, keys[i], values[i]).value_or(type) == type) found.push_back(keys[i]);
  }
  return found;
}

std::int64_t flush_redis(const Context& context, const cache::Keyspace& keyspace,
                         const FlushQuery& query, const std::string& public_id,
                         const Progress& progress) {
  const bool dry_run = context.config.dry_run;
  std::int64_t removed = 0;
  if (query.user) {
    const std::string index = keyspace.key("tokens:user:" + public_id);
    std::vector<std::string> keys{index};
    const auto members = keyspace.ask({{"ZRANGE", index, "0", "-1"}});
    for (const auto& member : members.front().list)
      keys.push_back(keyspace.key("token:" + member.text));
    return keyspace.remove(keys, dry_run);
  }
  const auto take = [&](std::vector<std::string> keys) {
    if (query.pattern.empty())
      std::erase_if(keys, [&](const std::string& key) { return keyspace.is_own(key); });
    if (query.type) keys = of_type(context, keyspace, keys, *query.type);
    removed += keyspace.remove(keys, dry_run);
  };
  const std::string pattern = query.type ? "token:*" : query.pattern.empty() ? "*" : query.pattern;
  keyspace.each(pattern, take, progress);
  return removed;
}

void check(const FlushQuery& query) {
  if (has_control(query.pattern) || !utf8_length(query.pattern) ||
      query.pattern.size() > kPatternMax) {
    throw Error(Code::kUsage, "cache.pattern", "this is no pattern of keys",
                "such as 'token:*'; a prefix stands before it by itself");
  }
}

}  // namespace

std::string_view to_text(CacheLevel::State state) {
  switch (state) {
    case State::kUp:
      return "up";
    case State::kDown:
      return "down";
    case State::kOff:
      break;
  }
  return "off";
}

std::vector<CacheLevel> cache_status(const Config& config, Clock& clock, Random& random,
                                     const Progress& progress) {
  Config careful = config;
  careful.create = careful.upgrade = false;
  std::optional<cache::Stats> stats;
  // Such as every process has that runs on.
  const cache::Map map(config.cache.map_entries, config.cache.map_ttl, random);
  std::vector<CacheLevel> levels{map_level(map, clock),
                                 redis_level(config, clock, progress, stats)};
  try {
    levels.push_back(database_level(*open_context(careful, clock, random)));
  } catch (const Error& error) {
    if (error.code() != Code::kUnavailable) throw;
    levels.push_back({.name = "database",
                      .state = State::kDown,
                      .where = without_password(config.db),
                      .problem = error.message()});
  }
  tell(levels, stats);
  return levels;
}

std::vector<CacheLevel> Cache::status(const Progress& progress) {
  const cache::Levels* caches = context_.caches();
  if (caches == nullptr)
    return cache_status(context_.config, context_.clock, context_.random, progress);
  std::optional<cache::Stats> stats;
  std::vector<CacheLevel> levels{map_level(caches->map(), context_.clock),
                                 redis_level(context_.config, context_.clock, progress, stats),
                                 database_level(context_)};
  tell(levels, stats ? stats : caches->stats());
  return levels;
}

Flushed Cache::flush(const FlushQuery& query, const Progress& progress) {
  check(query);
  // The log first: from then on nobody takes from Redis what was put there before.
  Flushed flushed;
  flushed.public_id = write(context_, [&](Change& change) {
    std::string public_id;
    if (query.user) public_id = get_user(change.db(), *query.user).user.public_id;
    change.record("cache.flushed", public_id, {},
                  {{"type", query.type ? to_text(*query.type) : std::string_view()},
                   {"pattern", std::string_view(query.pattern)}});
    return public_id;
  });
  if (context_.config.redis.empty()) return flushed;
  OperatorsRedis with(context_.config);
  try {
    flushed.removed = flush_redis(context_, with.keys, query, flushed.public_id, progress);
    flushed.redis = true;
  } catch (const Error& error) {
    if (error.id() != "redis.down") throw;
    flushed.problem = error.message();
  }
  return flushed;
}

}  // namespace tokctl::auth
