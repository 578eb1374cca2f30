#include "cache/map.h"

#include <algorithm>
#include <bit>
#include <utility>

namespace tokctl::cache {

// Twice the room, so that few buckets overflow before the whole is full.
Map::Map(std::size_t entries, Seconds ttl, Random& random)
    : hash_(random),
      ttl_(ttl),
      mask_(std::bit_ceil(std::max<std::size_t>(2 * entries / kWays, 1)) - 1),
      buckets_(mask_ + 1) {}

EntryPtr Map::find(std::string_view token, Clock::Steady now) const {
  const crypto::ShortHash hash = hash_(token);
  const Bucket& bucket = buckets_[bucket_of(hash)];
  const std::lock_guard lock(lock_of(hash));
  for (const Slot& slot : bucket) {
    if (slot.hash == hash && slot.entry && now < slot.until) return slot.entry;
  }
  return nullptr;
}

void Map::place(const crypto::ShortHash& hash, EntryPtr entry, Clock::Steady now) {
  Bucket& bucket = buckets_[bucket_of(hash)];
  // The same token's, else a free one, else the oldest.
  Slot* place = &bucket.front();
  for (Slot& slot : bucket) {
    if (slot.entry && slot.hash == hash) {
      place = &slot;
      break;
    }
    const auto age = [](const Slot& of) { return of.entry ? of.until : Clock::Steady::min(); };
    if (age(slot) < age(*place)) place = &slot;
  }
  *place = {.hash = hash, .entry = std::move(entry), .until = now + ttl_};
}

template <typename Wanted>
void Map::remove_if(const Wanted& wanted) {
  for (std::size_t first = 0; first < kLocks; ++first) {
    // What the entries hold is given back after the lock.
    std::vector<EntryPtr> removed;
    const std::lock_guard lock(locks_[first]);
    for (std::size_t at = first; at < buckets_.size(); at += kLocks) {
      for (Slot& slot : buckets_[at]) {
        if (slot.entry && wanted(slot)) removed.push_back(std::exchange(slot.entry, nullptr));
      }
    }
  }
}

void Map::remove(const std::unordered_set<std::string_view>& token_ids,
                 const std::unordered_set<std::string_view>& public_ids) {
  remove_if([&](const Slot& slot) {
    return token_ids.contains(slot.entry->principal.id) ||
           public_ids.contains(slot.entry->principal.public_id);
  });
}

void Map::clear() {
  remove_if([](const Slot&) { return true; });
}

void Map::sweep(Clock::Steady now, Time wall) {
  remove_if([&](const Slot& slot) { return now >= slot.until || !slot.entry->stands(wall); });
}

std::size_t Map::size() const {
  std::size_t count = 0;
  for (std::size_t first = 0; first < kLocks; ++first) {
    const std::lock_guard lock(locks_[first]);
    for (std::size_t at = first; at < buckets_.size(); at += kLocks) {
      count += static_cast<std::size_t>(std::ranges::count_if(
          buckets_[at], [](const Slot& slot) { return slot.entry != nullptr; }));
    }
  }
  return count;
}

std::size_t Map::bytes() const { return buckets_.size() * sizeof(Bucket); }

}  // namespace tokctl::cache
