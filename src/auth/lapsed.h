// Tokens that this process has seen expire.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string_view>
#include <unordered_set>
#include <variant>

#include "base/clock.h"
#include "base/random.h"
#include "crypto/short_hash.h"
#include "model/token.h"

namespace tokctl::auth {

// They stay refused here when the machine's clock is set back. The latest time that was judged by
// would not do in their place: after a clock that was a year ahead for a moment, it would refuse
// for a year what was issued since. Thread-safe.
class Lapsed {
 public:
  // Of more than that, those seen first are forgotten.
  static constexpr std::size_t kMax = 100'000;

  explicit Lapsed(Random& random) : hash_(random) {}

  // Whether it was seen to expire later than `now`. Looks at one number as long as the clock goes
  // forward, for then the token's own time refuses it.
  bool holds(std::string_view token, Time now) const {
    return to_unix(now) < latest_.load(std::memory_order_relaxed) && knows(token);
  }

  // What was judged at `now`: remembered if it had expired.
  template <typename Judgement>
  void learn(std::string_view token, const Judgement& judgement, Time now) {
    const Refusal* refusal = std::get_if<Refusal>(&judgement);
    if (refusal != nullptr && *refusal == Refusal::kExpired) add(token, now);
  }

 private:
  struct Low {
    std::size_t operator()(const crypto::ShortHash& hash) const { return hash.low; }
  };
  using Hashes = std::unordered_set<crypto::ShortHash, Low>;

  bool knows(std::string_view token) const;
  void add(std::string_view token, Time now);

  const crypto::ShortHashKey hash_;
  std::atomic<std::int64_t> latest_{0};  // when one was added, in Unix seconds
  mutable std::mutex mutex_;
  Hashes newer_, older_;
};

}  // namespace tokctl::auth
