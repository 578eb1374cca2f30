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
  for (std::size_t i = 0; i < kWays; ++i) {
    if (bucket.hashes[i] != hash) continue;
    const Slot& slot = bucket.slots[i];
    if (slot.entry && now < slot.until) return slot.entry;
  }
  return nullptr;
}

void Map::place(const crypto::ShortHash& hash, EntryPtr entry, Clock::Steady now) {
  Bucket& bucket = buckets_[bucket_of(hash)];
  // The same token's, else a free one, else the oldest.
  std::size_t place = 0;
  const auto age = [&](std::size_t at) {
    return bucket.slots[at].entry ? bucket.slots[at].until : Clock::Steady::min();
  };
  for (std::size_t i = 0; i < kWays; ++i) {
    if (bucket.slots[i].entry && bucket.hashes[i] == hash) {
      place = i;
      break;
    }
    if (age(i) < age(place)) place = i;
  }
  bucket.hashes[place] = hash;
  bucket.slots[place] = {.entry = std::move(entry), .until = now + ttl_};
}

template <typename Wanted>
void Map::remove_if(const Wanted& wanted) {
  for (std::size_t first = 0; first < kLocks; ++first) {
    // What the entries hold is given back after the lock.
    std::vector<EntryPtr> removed;
    const std::lock_guard lock(locks_[first]);
    for (std::size_t at = first; at < buckets_.size(); at += kLocks) {
      for (Slot& slot : buckets_[at].slots) {
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
          buckets_[at].slots, [](const Slot& slot) { return slot.entry != nullptr; }));
    }
  }
  return count;
}

std::size_t Map::bytes() const { return buckets_.size() * sizeof(Bucket); }

}  // namespace tokctl::cache
