// Judging tokens, from memory or by the database.
#include <algorithm>
#include <exception>
#include <optional>
#include <span>
#include <utility>

#include "auth/api_tokens.h"
#include "auth/jwt_keys.h"
#include "auth/kit_tokens.h"
#include "auth/lapsed.h"
#include "auth/lookup.h"
#include "auth/read.h"
#include "auth/token_kind.h"
#include "auth/uses.h"
#include "base/error.h"
#include "base/utf8.h"
#include "model/jwt.h"
#include "model/opaque_token.h"
#include "model/web_token.h"

namespace tokctl::auth {
namespace {

cache::EntryPtr entry_of(const Judged& judged, const cache::Point& read_at, Time now) {
  auto entry = std::make_shared<cache::Entry>();
  entry->principal = std::get<Principal>(judged.verdict);
  entry->idle = judged.idle;
  entry->used = judged.used;
  entry->lookup = judged.lookup;
  entry->read_at = read_at;
  entry->seen = to_unix(now);  // by whoever asked
  return entry;
}

// What a verdict on a token of a session lies under in Redis. Who wants another issuer does not
// take the verdict of one who does not.
std::string session_digest(const Context& context, std::string_view text, bool is_jwt) {
  const std::string& newest = context.keyring.ids().back();
  if (!is_jwt) return lookup_digest(context, newest, text);
  return lookup_digest(context, newest,
                       context.config.policy.jwt_issuer + '\n' + std::string(text));
}

// What a verdict may lie under, the likeliest first; nothing for what is never remembered.
std::vector<std::string> shared_digests(const Context& context, std::string_view text) {
  const TokenKind& kind = kind_of(text);
  if (kind.one_use) return {};
  if (kind.opaque) return lookup_digests(context, text);
  const bool is_jwt = split_jwt(text).has_value();
  if (!is_jwt && !parse_web_token(text)) return {};
  return {session_digest(context, text, is_jwt)};
}

std::string shared_digest(const Context& context, const Judged& judged, std::string_view text) {
  if (!judged.root_key_id.empty()) return lookup_digest(context, judged.root_key_id, text);
  return session_digest(context, text, valid(judged.verdict)->type == TokenType::kJwt);
}

std::shared_ptr<const Principal> principal_of(cache::EntryPtr entry) {
  if (!entry) return nullptr;
  const Principal* principal = &entry->principal;
  return {std::move(entry), principal};
}

}  // namespace

Verdict validate_offline(const KeySet& keys, std::string_view text, std::string_view issuer,
                         Time now, const Required& required) {
  return require(judge_jwt_offline(keys, text, issuer, now, nullptr), required, nullptr);
}

std::shared_ptr<const Principal> Tokens::recall(std::string_view text, const Required& required) {
  cache::Levels* caches = context_.caches();
  if (caches == nullptr) return nullptr;
  const Time now = context_.clock.now();
  auto entry = caches->find(text, context_.clock.steady(), now);
  if (!entry || lapsed_->holds(text, now)) return nullptr;
  note_use(*entry, required, now);
  return principal_of(std::move(entry));
}

// A token that is used all the time is noted once a second.
void Tokens::note_use(const cache::Entry& entry, const Required& required, Time now) {
  if (entry.lookup == 0 || lacks(entry.principal, required)) return;
  const std::int64_t second = to_unix(now);
  if (entry.seen.load(std::memory_order_relaxed) >= second) return;
  entry.seen.store(second, std::memory_order_relaxed);
  uses_->note(entry.lookup, now, entry.used);
}

// Of those that the map does not know. Null for those that only the database knows.
std::vector<cache::EntryPtr> Tokens::recall_shared(std::span<const std::string_view> texts,
                                                   const Required& required) {
  cache::Levels* caches = context_.caches();
  if (caches == nullptr || texts.empty()) return std::vector<cache::EntryPtr>(texts.size());
  caches->count_map_misses(texts.size());
  const Clock::Steady steady = context_.clock.steady();
  if (!caches->shares(steady)) return std::vector<cache::EntryPtr>(texts.size());
  std::vector<cache::Shared::Wanted> wanted;
  wanted.reserve(texts.size());
  for (const std::string_view text : texts)
    wanted.push_back({text, shared_digests(context_, text)});
  const Time now = context_.clock.now();
  auto entries = caches->find_shared(wanted, steady, now);
  for (std::size_t i = 0; i < texts.size(); ++i) {
    if (entries[i] && lapsed_->holds(texts[i], now)) entries[i] = nullptr;
    if (entries[i]) note_use(*entries[i], required, now);
  }
  return entries;
}

std::vector<Verdict> Tokens::ask(const std::vector<std::string_view>& texts,
                                 const Required& required) {
  cache::Levels* caches = context_.caches();
  if (caches == nullptr) {
    uses_->flush_if_due();  // else upkeep does it
  } else {
    keys_->recall(texts);
  }
  std::vector<cache::Shared::Filled> filled;
  auto verdicts = read(context_, [&](db::Handle& db) {
    // Taken before any row is read, so that what ends meanwhile is newer than the entry made of it.
    const auto point = caches != nullptr ? std::optional(caches->point()) : std::nullopt;
    std::optional<db::Transaction> snapshot;
    if (texts.size() > 1)  // one for all: half the cost of one each
      snapshot.emplace(db, db::Access::kRead);
    std::vector<Verdict> judgements;
    judgements.reserve(texts.size());
    filled.clear();
    for (const std::string_view text : texts) {
      const TokenKind& kind = kind_of(text);
      const Time now = context_.clock.now();
      Judged judged{.verdict = Refusal::kExpired};
      if (!lapsed_->holds(text, now))
        judged = kind.judge({context_, *kit_, *keys_, *uses_, point}, db, text, nullptr);
      lapsed_->learn(text, judged.verdict, now);
      if (const Principal* principal = valid(judged.verdict)) {
        if (caches != nullptr && !kind.one_use) {
          auto entry = entry_of(judged, *point, now);
          const Clock::Steady steady = context_.clock.steady();
          caches->fill(text, entry, steady);
          if (caches->shares(steady))
            filled.push_back({shared_digest(context_, judged, text), std::move(entry)});
        }
        if (judged.lookup != 0 && !lacks(*principal, required))
          uses_->note(judged.lookup, now, judged.used);
      }
      judgements.push_back(require(std::move(judged.verdict), required, nullptr));
    }
    return judgements;
  });
  if (caches != nullptr) {
    const auto refused = static_cast<std::uint64_t>(std::ranges::count_if(
        verdicts, [](const Verdict& verdict) { return valid(verdict) == nullptr; }));
    caches->count_database(verdicts.size() - refused, refused);
    caches->fill_shared(filled, context_.clock.now());
    keys_->share();
  }
  return verdicts;
}

std::shared_ptr<const Principal> Tokens::recall_anywhere(std::string_view text,
                                                         const Required& required) {
  if (context_.caches() == nullptr) return nullptr;
  if (auto known = recall(text, required)) return known;
  return principal_of(std::move(recall_shared({&text, 1}, required).front()));
}

Tokens::SharedVerdict Tokens::look_up(std::string_view text, const Required& required) {
  auto known = recall_anywhere(text, required);
  if (!known) {
    auto verdict = std::move(ask({text}, required).front());
    if (const Refusal* refusal = std::get_if<Refusal>(&verdict)) return *refusal;
    return std::make_shared<const Principal>(std::get<Principal>(std::move(verdict)));
  }
  if (const auto refusal = lacks(*known, required)) return *refusal;
  return known;
}

std::shared_ptr<const Principal> Tokens::principal(std::string_view text,
                                                   const Required& required) {
  auto verdict = look_up(text, required);
  auto* principal = std::get_if<std::shared_ptr<const Principal>>(&verdict);
  return principal != nullptr ? std::move(*principal) : nullptr;
}

Verdict Tokens::validate(std::string_view text, const Required& required) {
  if (const auto known = recall_anywhere(text, required)) return require(*known, required, nullptr);
  auto asked = ask({text}, required);
  // cppcheck-suppress returnStdMoveLocal  ; it is an element of the local
  return std::move(asked.front());
}

std::vector<Verdict> Tokens::validate_all(const std::vector<std::string_view>& texts,
                                          const Required& required) {
  std::vector<Verdict> verdicts(texts.size(), Refusal::kMalformed);
  // Those that no level has answered yet, and where their answers go.
  std::vector<std::size_t> places;
  std::vector<std::string_view> open;
  const auto leave_open = [&](std::size_t place, std::string_view text) {
    places.push_back(place);
    open.push_back(text);
  };
  for (std::size_t i = 0; i < texts.size(); ++i) {
    if (const auto known = recall(texts[i], required)) {
      verdicts[i] = require(*known, required, nullptr);
    } else {
      leave_open(i, texts[i]);
    }
  }
  const auto asked_places = std::exchange(places, {});
  const auto asked = std::exchange(open, {});
  const auto shared = recall_shared(asked, required);
  for (std::size_t i = 0; i < asked.size(); ++i) {
    if (shared[i]) {
      verdicts[asked_places[i]] = require(shared[i]->principal, required, nullptr);
    } else {
      leave_open(asked_places[i], asked[i]);
    }
  }
  if (open.empty()) return verdicts;
  auto judged = ask(open, required);
  for (std::size_t i = 0; i < places.size(); ++i) verdicts[places[i]] = std::move(judged[i]);
  return verdicts;
}

std::optional<std::string_view> credential_in(std::string_view header) {
  // RFC 9110 §11.1: the scheme is case-insensitive. One space; a list of credentials or a second
  // scheme is not one credential.
  const std::string lower = ascii_lower(header.substr(0, 16));
  // RFC 7617's scheme is for web tokens alone, RFC 6750's for every other.
  for (const auto& [scheme, bearer] : {std::pair("basic ", false), std::pair("bearer ", true)}) {
    if (!lower.starts_with(scheme)) continue;
    const std::string_view text = header.substr(std::string_view(scheme).size());
    // What is good for one use is not what a request comes with.
    const TokenKind& kind = kind_of(text);
    const bool basic = !kind.opaque && !split_jwt(text);
    const bool fits = bearer ? !basic && !kind.one_use : basic;
    if (fits) return text;
  }
  return std::nullopt;
}

Verdict Tokens::validate_header(std::string_view header, const Required& required) {
  constexpr std::string_view kName = "authorization:";  // RFC 9110 §5.1: in any case
  if (ascii_lower(header.substr(0, kName.size())) == kName) {
    header.remove_prefix(kName.size());
    if (header.starts_with(' ')) header.remove_prefix(1);
  }
  const auto text = credential_in(header);
  if (!text) return Refusal::kMalformed;
  return validate(*text, required);
}

Explanation Tokens::explain(std::string_view text, const Required& required) {
  return read(context_, [&](db::Handle& db) {
    Explanation explanation{.verdict = Refusal::kMalformed, .checks = {}};
    auto* checks = &explanation.checks;
    auto judged = kind_of(text).judge({context_, *kit_, *keys_, *uses_}, db, text, checks);
    explanation.verdict = require(std::move(judged.verdict), required, checks);
    return explanation;
  });
}

std::size_t Tokens::load_keys() {
  const auto rows = read(context_, JwtKeys::verifying_rows);
  std::exception_ptr first;
  std::size_t loaded = 0;
  for (const db::jwks::Row& row : rows) {
    try {
      keys_->open(row);
      ++loaded;
    } catch (const Error&) {
      if (!first) first = std::current_exception();
    }
  }
  if (first) std::rethrow_exception(first);
  return loaded;
}

CacheStats operator+(CacheStats now, const CacheStats& past) {
  now.map_hits += past.map_hits;
  now.map_misses += past.map_misses;
  now.redis_hits += past.redis_hits;
  now.redis_misses += past.redis_misses;
  now.database += past.database;
  return now;
}

CacheStats Tokens::cache_stats() const {
  const cache::Levels* caches = context_.caches();
  if (caches == nullptr) return {};
  const cache::Stats stats = caches->stats();
  return {.map_hits = stats.map_hits,
          .map_misses = stats.map_misses,
          .redis_hits = stats.redis_hits,
          .redis_misses = stats.redis_misses,
          .database = stats.database_hits + stats.database_misses,
          .entries = caches->map().size(),
          .feed_lag = context_.clock.steady() - caches->heard_at()};
}

}  // namespace tokctl::auth
