// A hash for tables in memory: fast, and unpredictable to whoever chooses what is hashed.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/random.h"
#include "base/secret.h"

namespace tokctl::crypto {

struct ShortHash {
  std::uint64_t low = 0, high = 0;
  friend bool operator==(const ShortHash&, const ShortHash&) = default;
};

// SipHash-2-4 with 128 bits of output (https://www.aumasson.jp/siphash/), under a key of this
// process: nobody outside can make two texts that collide, and by chance none ever do.
class ShortHashKey {
 public:
  explicit ShortHashKey(Random& random);
  ShortHash operator()(std::string_view text) const;

 private:
  SecretBytes key_;
};

}  // namespace tokctl::crypto
