// The cache levels together, and what keeps them honest.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <string_view>
#include <vector>

#include "cache/map.h"
#include "cache/marks.h"

namespace tokctl::cache {

struct Stats {
  std::uint64_t map_hits = 0;
  std::uint64_t database = 0;  // questions that went to the database
  std::uint64_t entries = 0;   // in the map
};

// Thread-safe. Positive verdicts only: whatever is not here has to be asked of the database, which
// is the truth. Nothing is answered from here unless the feed of invalidations was read lately.
class Levels {
 public:
  // However it fails, a revocation that another process committed is known here after so long.
  static constexpr Clock::Steady kFeedGrace = std::chrono::seconds(1);

  Levels(std::size_t entries, Seconds map_ttl, Random& random) : map_(entries, map_ttl, random) {}

  // Null: ask the database. `steady` and `wall` are now.
  EntryPtr find(std::string_view token, Clock::Steady steady, Time wall);

  // To be taken before the row is read that an entry is made of.
  Point point() const { return marks_.point(); }
  // An entry that was ended since its row was read does not get in.
  void fill(std::string_view token, EntryPtr entry, Clock::Steady steady);

  // What the feed brought: new words in order; or that nothing known before counts.
  void apply(const std::vector<Word>& words, Clock::Steady steady);
  void reset(const Point& floor);
  // The feed was read to its end, beginning at `since`.
  void heard(Clock::Steady since) { fresh_until_.store(since + kFeedGrace); }
  // What this process has just committed.
  void apply_own(const std::vector<Word>& words);

  void sweep(Clock::Steady steady, Time wall);
  Stats stats() const;

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

  Map map_;
  Marks marks_;
  std::atomic<Clock::Steady> fresh_until_{Clock::Steady::min()};
  Counter map_hits_, database_;
};

}  // namespace tokctl::cache
