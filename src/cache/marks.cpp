#include "cache/marks.h"

#include <algorithm>

namespace tokctl::cache {

void Marks::reset() {
  const std::lock_guard lock(mutex_);
  begun_ = false;
  floor_ = 0;
  before_ = {};
  applied_.clear();
  tokens_.clear();
  users_.clear();
  keys_ = 0;
}

void Marks::begin(const Point& floor) {
  const std::lock_guard lock(mutex_);
  begun_ = true;
  floor_ = std::max(floor_, floor.seq);
  before_ = floor;
}

void Marks::apply(const std::vector<Word>& words, Clock::Steady now) {
  const std::lock_guard lock(mutex_);
  for (const Word& word : words) {
    applied_.push_back({word.point, now});
    mark(word);
    if (applied_.size() > kWordsMax) forget_first();
  }
}

void Marks::apply_own(const std::vector<Word>& words) {
  const std::lock_guard lock(mutex_);
  for (const Word& word : words) mark(word);
}

void Marks::mark(const Word& word) {
  const auto raise = [&word](std::int64_t& seq) { seq = std::max(seq, word.point.seq); };
  switch (word.reach) {
    case Reach::kNothing:
      break;
    case Reach::kToken:
      raise(tokens_[word.id]);
      break;
    case Reach::kUser:
      raise(users_[word.id]);
      break;
    case Reach::kKeys:
      raise(keys_);
      break;
    case Reach::kAll:
      raise(floor_);
      break;
  }
}

void Marks::forget_first() {
  before_ = applied_.front().point;
  floor_ = std::max(floor_, before_.seq);
  applied_.pop_front();
}

Point Marks::point() const {
  const std::lock_guard lock(mutex_);
  return applied_.empty() ? before_ : applied_.back().point;
}

// Not one from a history that this process does not know, or not yet: it may be older than it says.
bool Marks::knows(const Point& at) const {
  if (!begun_ || at.seq < floor_ || at.seq < before_.seq) return false;
  const auto index = static_cast<std::size_t>(at.seq - before_.seq);
  if (index > applied_.size()) return false;
  return at == (index == 0 ? before_ : applied_[index - 1].point);
}

bool Marks::admits(const Entry& entry) const {
  const std::lock_guard lock(mutex_);
  const Point& at = entry.read_at;
  if (!knows(at)) return false;
  const auto said_since = [&](const auto& words, const std::string& id) {
    const auto word = words.find(id);
    return word != words.end() && word->second > at.seq;
  };
  return !said_since(tokens_, entry.principal.id) && !said_since(users_, entry.principal.public_id);
}

bool Marks::admits_keys(const Point& read_at) const {
  const std::lock_guard lock(mutex_);
  return knows(read_at) && keys_ <= read_at.seq;
}

void Marks::sweep(Clock::Steady now) {
  const std::lock_guard lock(mutex_);
  while (!applied_.empty() && applied_.front().at + kMemory <= now) forget_first();
  const auto forget = [this](auto& words) {
    std::erase_if(words, [this](const auto& word) { return word.second <= floor_; });
  };
  forget(tokens_);
  forget(users_);
}

}  // namespace tokctl::cache
