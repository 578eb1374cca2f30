// The cache levels together, and what keeps them honest.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "base/config.h"
#include "cache/keyspace.h"
#include "cache/map.h"
#include "cache/marks.h"
#include "cache/shared.h"
#include "cache/stats.h"

namespace tokctl::cache {

// Thread-safe. Positive verdicts only: whatever is not here has to be asked of the database, which
// is the truth. Nothing is answered from here unless the feed of invalidations was read lately.
class Levels {
 public:
  // However it fails, a revocation that another process committed is known here after so long.
  static constexpr Clock::Steady kFeedGrace = std::chrono::seconds(1);

  // With a Redis unless config.redis is empty. Throws Error(kUsage) for what is no URL of one.
  Levels(const Config& config, const crypto::Keyring& keyring, Random& random);

  // Null: not in the map. `steady` and `wall` are now. What misses is counted by whoever then asks
  // on, once, however often he looked.
  EntryPtr find(std::string_view token, Clock::Steady steady, Time wall);

  // Whether Redis is worth asking, and its answers to all at once, null for those to be asked of
  // the database.
  bool shares(Clock::Steady steady) const;
  std::vector<EntryPtr> find_shared(const std::vector<Shared::Wanted>& wanted, Clock::Steady steady,
                                    Time wall);
  void count_map_misses(std::uint64_t count);
  void count_database(std::uint64_t valid, std::uint64_t refused);

  // To be taken before the row is read that an entry is made of.
  Point point() const { return marks_.point(); }
  // An entry that was ended since its row was read does not get in.
  void fill(std::string_view token, EntryPtr entry, Clock::Steady steady);
  void fill_shared(const std::vector<Shared::Filled>& entries, Time wall);
  void remove_shared(const std::vector<std::string>& digests,
                     const std::vector<std::string>& public_ids);

  // Keys of JWTs: whether one that was read then is still what the database has, as far as is known
  // lately; and those that Redis has and of which that is so.
  bool keys_hold(const Point& read_at, Clock::Steady steady) const {
    return fresh(steady) && marks_.admits_keys(read_at);
  }
  std::vector<std::optional<KeyText>> find_shared_keys(const std::vector<std::string>& kids,
                                                       Clock::Steady steady);
  void fill_shared_keys(const Shared::KeyTexts& keys);
  void remove_shared_keys(const std::vector<std::string>& kids);

  // What the feed brought: new words in order; that nothing known before counts, from before the
  // log is read anew; and since when it is known then.
  void apply(const std::vector<Word>& words, Clock::Steady steady);
  void reset();
  void begin(const Point& floor) { marks_.begin(floor); }
  // The feed was read to its end, beginning at `since`.
  void heard(Clock::Steady since) { fresh_until_.store(since + kFeedGrace); }
  // When that began; long ago when it never has.
  Clock::Steady heard_at() const { return fresh_until_.load() - kFeedGrace; }
  // What this process has just committed.
  void apply_own(const std::vector<Word>& words);

  void sweep(Clock::Steady steady, Time wall);
  // Of this process.
  Stats stats() const;
  // Adds what was counted since the last time to what Redis counts for all. For one thread.
  void share_stats();
  const Map& map() const { return map_; }

  // Null without one.
  Shared* shared() { return shared_ ? &*shared_ : nullptr; }

 private:
  // Counted without threads getting into each other's way.
  class Counter {
   public:
    void add(std::uint64_t count = 1);
    std::uint64_t total() const;

   private:
    struct alignas(64) Part {
      std::atomic<std::uint64_t> count{0};
    };
    std::array<Part, 16> parts_;
  };

  void drop(const std::vector<Word>& words);

  bool fresh(Clock::Steady steady) const {
    return steady < fresh_until_.load(std::memory_order_acquire);
  }

  Counter map_hits_, map_misses_, redis_hits_, redis_misses_, database_hits_, database_misses_;
  Map map_;
  Marks marks_;
  std::unique_ptr<Redis> redis_;
  std::optional<Shared> shared_;
  std::optional<Keyspace> keyspace_;
  std::atomic<Clock::Steady> fresh_until_{Clock::Steady(0)};
  Stats told_;
};

}  // namespace tokctl::cache
