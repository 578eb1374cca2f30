#include "cache/levels.h"

#include <algorithm>
#include <unordered_set>

namespace tokctl::cache {

void Levels::Counter::add(std::uint64_t count) {
  static std::atomic<std::size_t> threads{0};
  thread_local const std::size_t kMine = threads.fetch_add(1);
  parts_[kMine % parts_.size()].count.fetch_add(count, std::memory_order_relaxed);
}

std::uint64_t Levels::Counter::total() const {
  std::uint64_t total = 0;
  for (const Part& part : parts_) total += part.count.load(std::memory_order_relaxed);
  return total;
}

Levels::Levels(const Config& config, const crypto::Keyring& keyring, Random& random)
    : map_(config.cache.map_entries, config.cache.map_ttl, random) {
  if (config.redis.empty()) return;
  redis_ = std::make_unique<Redis>(parse_redis_url(config.redis), config.cache.redis_timeout);
  shared_.emplace(*redis_, keyring, random,
                  Shared::Options{.prefix = config.cache.redis_prefix,
                                  .ttl = config.cache.redis_ttl,
                                  .jwk_ttl = config.cache.redis_jwk_ttl});
  keyspace_.emplace(*redis_, config.cache.redis_prefix);
}

EntryPtr Levels::find(std::string_view token, Clock::Steady steady, Time wall) {
  if (fresh(steady)) {
    auto entry = map_.find(token, steady);
    if (entry && entry->stands(wall)) {
      map_hits_.add();
      return entry;
    }
  }
  return nullptr;
}

bool Levels::shares(Clock::Steady steady) const { return redis_ && redis_->up() && fresh(steady); }

std::vector<EntryPtr> Levels::find_shared(const std::vector<Shared::Wanted>& wanted,
                                          Clock::Steady steady, Time wall) {
  auto entries = shared_->find(wanted);
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (wanted[i].digests.empty()) continue;
    // It proves who wrote it, not that it is still so. Admitted under the map's lock, where it
    // cannot come in behind its revocation.
    const auto admits = [&](const Entry& entry) { return marks_.admits(entry); };
    const bool admitted = entries[i] && entries[i]->stands(wall) &&
                          map_.put(wanted[i].token, entries[i], steady, admits);
    if (!admitted) entries[i] = nullptr;
    (admitted ? redis_hits_ : redis_misses_).add();
  }
  return entries;
}

void Levels::fill_shared(const std::vector<Shared::Filled>& entries, Time wall) {
  if (shared_ && !entries.empty()) shared_->fill(entries, wall);
}

void Levels::remove_shared(const std::vector<std::string>& digests,
                           const std::vector<std::string>& public_ids) {
  if (shared_ && redis_->up()) shared_->remove(digests, public_ids);
}

std::vector<std::optional<KeyText>> Levels::find_shared_keys(const std::vector<std::string>& kids,
                                                             Clock::Steady steady) {
  if (kids.empty() || !shares(steady)) return std::vector<std::optional<KeyText>>(kids.size());
  auto keys = shared_->find_keys(kids);
  for (auto& key : keys) {
    if (key && !marks_.admits_keys(key->read_at)) key.reset();
  }
  return keys;
}

void Levels::fill_shared_keys(const Shared::KeyTexts& keys) {
  if (shared_ && redis_->up() && !keys.empty()) shared_->fill_keys(keys);
}

void Levels::remove_shared_keys(const std::vector<std::string>& kids) {
  if (shared_ && redis_->up()) shared_->remove_keys(kids);
}

void Levels::fill(std::string_view token, EntryPtr entry, Clock::Steady steady) {
  map_.put(token, std::move(entry), steady,
           [this](const Entry& filled) { return marks_.admits(filled); });
}

// Marked first, then removed: whoever fills looks at the marks under the lock that removal takes.
void Levels::apply(const std::vector<Word>& words, Clock::Steady steady) {
  marks_.apply(words, steady);
  drop(words);
}

void Levels::apply_own(const std::vector<Word>& words) {
  marks_.apply_own(words);
  drop(words);
}

void Levels::reset() {
  marks_.reset();
  map_.clear();
}

void Levels::drop(const std::vector<Word>& words) {
  std::unordered_set<std::string_view> tokens, users;
  for (const Word& word : words) {
    if (word.reach == Reach::kAll) return map_.clear();
    if (word.reach == Reach::kToken) tokens.insert(word.id);
    if (word.reach == Reach::kUser) users.insert(word.id);
  }
  if (!tokens.empty() || !users.empty()) map_.remove(tokens, users);
}

void Levels::sweep(Clock::Steady steady, Time wall) {
  map_.sweep(steady, wall);
  marks_.sweep(steady);
}

void Levels::count_map_misses(std::uint64_t count) { map_misses_.add(count); }

void Levels::count_database(std::uint64_t valid, std::uint64_t refused) {
  if (valid > 0) database_hits_.add(valid);
  if (refused > 0) database_misses_.add(refused);
}

Stats Levels::stats() const {
  return {.map_hits = map_hits_.total(),
          .map_misses = map_misses_.total(),
          .redis_hits = redis_hits_.total(),
          .redis_misses = redis_misses_.total(),
          .database_hits = database_hits_.total(),
          .database_misses = database_misses_.total()};
}

void Levels::share_stats() {
  if (!keyspace_) return;
  const Stats now = stats();
  Stats more;
  for (const auto& [name, count] : kStatFields) more.*count = now.*count - told_.*count;
  if (keyspace_->add(more)) told_ = now;
}

}  // namespace tokctl::cache
