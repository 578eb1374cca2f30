// The first level: verdicts in the memory of this process.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "cache/entry.h"
#include "crypto/short_hash.h"

namespace tokctl::cache {

// Entries by the keyed hash of their token: the tokens themselves are not kept. Bounded: a bucket
// that is full gives up its oldest entry. Thread-safe; a look-up locks one bucket among many, for
// the time that it takes to copy a pointer.
class Map {
 public:
  // Room for about `entries`, each for at most `ttl` from when it was put in; hits do not extend
  // it.
  Map(std::size_t entries, Seconds ttl, Random& random);

  // Null: not here, or too old. `now` is the clock's steady time.
  EntryPtr find(std::string_view token, Clock::Steady now) const;

  // Puts the entry in, unless `admits(entry)`, asked under the lock that a removal takes too, says
  // no. So an entry whose revocation was made known before (see Marks) and removed here cannot come
  // in behind its removal.
  template <typename Admits>
  bool put(std::string_view token, EntryPtr entry, Clock::Steady now, const Admits& admits) {
    const crypto::ShortHash hash = hash_(token);
    const std::lock_guard lock(lock_of(hash));
    if (!admits(*entry)) return false;
    place(hash, std::move(entry), now);
    return true;
  }

  // Removes the entries of these tokens and users, by their public ids.
  void remove(const std::unordered_set<std::string_view>& token_ids,
              const std::unordered_set<std::string_view>& public_ids);
  void clear();
  // Removes what is too old or no longer stands.
  void sweep(Clock::Steady now, Time wall);

  std::size_t size() const;
  std::size_t bytes() const;  // of the table itself

 private:
  static constexpr std::size_t kWays = 8;
  static constexpr std::size_t kLocks = 1024;

  struct Slot {
    EntryPtr entry;  // null: free
    Clock::Steady until{0};
  };
  // The hashes by themselves, so that a look-up fetches few lines of memory.
  struct alignas(64) Bucket {
    std::array<crypto::ShortHash, kWays> hashes;
    std::array<Slot, kWays> slots;
  };

  std::size_t bucket_of(const crypto::ShortHash& hash) const { return hash.low & mask_; }
  std::mutex& lock_of(const crypto::ShortHash& hash) const {
    return locks_[bucket_of(hash) % kLocks];
  }
  void place(const crypto::ShortHash& hash, EntryPtr entry, Clock::Steady now);
  template <typename Wanted>
  void remove_if(const Wanted& wanted);

  const crypto::ShortHashKey hash_;
  const Seconds ttl_;
  const std::size_t mask_;
  std::vector<Bucket> buckets_;
  mutable std::array<std::mutex, kLocks> locks_;
};

}  // namespace tokctl::cache
