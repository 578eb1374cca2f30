#include "cache/levels.h"

#include <algorithm>
#include <unordered_set>

namespace tokctl::cache {

void Levels::Counter::add(std::uint64_t count) {
  static std::atomic<std::size_t> threads{0};
  thread_local const std::size_t mine = threads.fetch_add(1);
  parts_[mine % parts_.size()].count.fetch_add(count, std::memory_order_relaxed);
}

std::uint64_t Levels::Counter::total() const {
  std::uint64_t total = 0;
  for (const Part& part : parts_) total += part.count.load(std::memory_order_relaxed);
  return total;
}

EntryPtr Levels::find(std::string_view token, Clock::Steady steady, Time wall) {
  if (steady < fresh_until_.load(std::memory_order_acquire)) {
    auto entry = map_.find(token, steady);
    if (entry && entry->stands(wall)) {
      map_hits_.add();
      return entry;
    }
  }
  database_.add();
  return nullptr;
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

void Levels::reset(const Point& floor) {
  marks_.reset(floor);
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

Stats Levels::stats() const {
  return {.map_hits = map_hits_.total(), .database = database_.total(), .entries = map_.size()};
}

}  // namespace tokctl::cache
