// Filling Redis before it is asked.
#include <algorithm>
#include <memory>
#include <queue>
#include <span>

#include "auth/api_tokens.h"
#include "auth/cache.h"
#include "auth/feed.h"
#include "auth/jwt_keys.h"
#include "auth/read.h"
#include "base/error.h"
#include "db/api_token.h"

namespace tokctl::auth {
namespace {

constexpr std::size_t kBatch = 256;

struct Used {
  Time at;
  std::string id;
  friend bool operator>(const Used& a, const Used& b) {
    return std::tie(a.at, a.id) > std::tie(b.at, b.id);
  }
};

// The ids of the `limit` live tokens that were used last, the latest first. A walk through all of
// them, a page at a time: an index on the last use would cost every flush of uses more than this is
// worth.
std::vector<std::string> used_last(Context& context, std::size_t limit, const Progress& progress) {
  std::priority_queue<Used, std::vector<Used>, std::greater<>> latest;  // the earliest on top
  db::api_tokens::Query query{.public_id = {},
                              .name = {},
                              .live_at = context.clock.now(),
                              .expires_before = {},
                              .unused_since = {},
                              .limit = kPageMax};
  std::optional<db::Place> after;
  std::int64_t done = 0;
  for (;;) {
    auto page = read(context, [&](db::Handle& db) {
      return db::api_tokens::list(db, query, after ? &*after : nullptr);
    });
    for (const ApiToken& token : page) {
      if (token.last_used_at) latest.push({*token.last_used_at, token.id});
      if (latest.size() > limit) latest.pop();
    }
    done += static_cast<std::int64_t>(page.size());
    if (progress) progress(done, 0);
    if (page.size() < query.limit) break;
    after = {page.back().created_at, std::move(page.back().id)};
  }
  std::vector<std::string> ids;
  for (; !latest.empty(); latest.pop()) ids.push_back(latest.top().id);
  std::ranges::reverse(ids);
  return ids;
}

// What validation would have found. `point` was taken before.
std::optional<cache::Shared::Filled> entry_of(Context& context, db::Handle& db,
                                              const std::string& id, const cache::Point& point) {
  auto digest = db::api_tokens::digest_of(db, id);
  const auto row = digest ? db::api_tokens::find_with_owner(db, *digest) : std::nullopt;
  auto verdict = judge_api_token(row, context.clock.now(), nullptr);
  if (valid(verdict) == nullptr) return std::nullopt;
  auto entry = std::make_shared<cache::Entry>();
  entry->principal = std::get<Principal>(std::move(verdict));
  entry->idle = row->token.idle;
  entry->used = row->token.last_used_at;
  entry->lookup = row->lookup;
  entry->read_at = point;
  return cache::Shared::Filled{*std::move(digest), std::move(entry)};
}

// Those of the ids that are live.
std::vector<cache::Shared::Filled> entries_of(Context& context, std::span<const std::string> ids,
                                              const cache::Point& point) {
  return read(context, [&](db::Handle& db) {
    std::vector<cache::Shared::Filled> entries;
    for (const std::string& id : ids) {
      if (auto entry = entry_of(context, db, id, point)) entries.push_back(*std::move(entry));
    }
    return entries;
  });
}

// Every key that verifies JWTs, and the set that is published; how many keys.
std::int64_t warm_keys(Context& context, cache::Levels& levels, bool dry_run) {
  JwtKeys keys(context);
  const cache::Point point = levels.point();
  const auto texts = read(context, [&](db::Handle& db) {
    cache::Shared::KeyTexts read;
    const auto add = [&](std::string kid, SecretString json) {
      read.emplace_back(std::move(kid), cache::KeyText{.read_at = point, .json = std::move(json)});
    };
    for (const auto& row : JwtKeys::verifying_rows(db))
      add(row.info.kid, JwtKeys::text_to_verify_with(keys.open(row)->jwk));
    add(std::string(cache::Shared::kKeySet), SecretString(keys.public_set(db)));
    return read;
  });
  if (!dry_run) levels.fill_shared_keys(texts);
  return static_cast<std::int64_t>(texts.size()) - 1;  // the set is none of them
}

void check_up(cache::Levels& levels) {
  const cache::Redis& redis = levels.shared()->redis();
  if (!redis.up()) throw Error(Code::kUnavailable, "redis.down", "Redis " + redis.trouble());
}

}  // namespace

Warmed Cache::warm(std::size_t limit, const Progress& progress) {
  if (context_.config.redis.empty()) {
    throw Error(Code::kUsage, "redis.none", "there is no Redis to warm",
                "tokctl cache warm --redis unix:///run/redis/redis.sock");
  }
  // Without a map: what is known here is not asked here.
  Config config = context_.config;
  config.cache.map_entries = 1;
  config.cache.redis_timeout = config.timeout;
  cache::Levels levels(config, context_.keyring, context_.random);
  Feed feed(context_, levels);
  const auto ids = used_last(context_, limit, progress);
  feed.poll();
  Warmed warmed;
  warmed.keys = warm_keys(context_, levels, context_.config.dry_run);
  if (context_.config.dry_run) {
    warmed.tokens = static_cast<std::int64_t>(ids.size());
    return warmed;
  }
  check_up(levels);
  for (std::size_t first = 0; first < ids.size(); first += kBatch) {
    feed.poll();  // so that the entries are of a point that others know
    const cache::Point point = levels.point();
    const auto batch = std::span(ids).subspan(first, std::min(kBatch, ids.size() - first));
    const auto filled = entries_of(context_, batch, point);
    levels.fill_shared(filled, context_.clock.now());
    check_up(levels);
    warmed.tokens += static_cast<std::int64_t>(filled.size());
    if (progress) progress(warmed.tokens, static_cast<std::int64_t>(ids.size()));
  }
  return warmed;
}

std::int64_t Cache::warm_user(std::string_view public_id) {
  cache::Levels* levels = context_.caches();
  if (levels == nullptr || !levels->shares(context_.clock.steady())) return 0;
  const cache::Point point = levels->point();
  const db::api_tokens::Query newest{.public_id = std::string(public_id),
                                     .name = {},
                                     .live_at = context_.clock.now(),
                                     .expires_before = {},
                                     .unused_since = {},
                                     .descending = true,
                                     .limit = kWarmedOfUser};
  std::vector<std::string> ids;
  for (ApiToken& token :
       read(context_, [&](db::Handle& db) { return db::api_tokens::list(db, newest, nullptr); }))
    ids.push_back(std::move(token.id));
  const auto filled = entries_of(context_, ids, point);
  levels->fill_shared(filled, context_.clock.now());
  return static_cast<std::int64_t>(filled.size());
}

}  // namespace tokctl::auth
