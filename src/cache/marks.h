// What the audit log has said lately about tokens, users and all: against it every cached verdict
// is held.
#pragma once

#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "cache/entry.h"

namespace tokctl::cache {

// What an event ends.
enum class Reach { kNothing, kToken, kUser, kKeys, kAll };
struct Word {
  Point point;  // of the event
  Reach reach = Reach::kAll;
  std::string id;  // of the token (for a web token, of its session), the user or the key of JWTs
};

// An entry is admitted when the history it was read in is this one, not further back than the
// floor, and nothing said since ended it. Thread-safe.
class Marks {
 public:
  // How long words are remembered: the longest life of a cached verdict, so that whatever they end
  // would be too old by itself when they are forgotten. And how many, for memory is bounded.
  static constexpr Seconds kMemory{300};
  static constexpr std::size_t kWordsMax = 200'000;

  // Forgets everything, and admits nothing until it has begun anew.
  void reset();
  // The log is known from `floor` on: nothing read before that is admitted. What this process has
  // committed since the reset counts, wherever in the log it is.
  void begin(const Point& floor);

  // The log as far as it is known here, in order.
  void apply(const std::vector<Word>& words, Clock::Steady now);
  // Events that this process committed: they count at once, though the log between may not be known
  // yet.
  void apply_own(const std::vector<Word>& words);

  // The last event applied.
  Point point() const;

  bool admits(const Entry& entry) const;
  // The same of what is known of keys of JWTs. They are few and change seldom, so that whatever is
  // said of one ends what is known of all.
  bool admits_keys(const Point& read_at) const;

  // Forgets what is old enough, raising the floor.
  void sweep(Clock::Steady now);

 private:
  struct Applied {
    Point point;
    Clock::Steady at;
  };
  void mark(const Word& word);
  bool knows(const Point& at) const;
  void forget_first();

  mutable std::mutex mutex_;
  bool begun_ = false;
  std::int64_t floor_ = 0;       // entries read at an earlier seq are not admitted
  Point before_;                 // the point before applied_: the oldest that is known
  std::deque<Applied> applied_;  // one after another
  std::unordered_map<std::string, std::int64_t> tokens_,
      users_;  // the seq of the last word on each
  std::int64_t keys_ = 0;
};

}  // namespace tokctl::cache
