// Randomness that a test can predict.
#pragma once

#include <cstdint>
#include <span>

#include "base/random.h"

namespace tokctl::testing {

// first, first + 1, first + 2 ...
class CountingRandom final : public Random {
 public:
  explicit CountingRandom(std::uint8_t first = 0) : next_(first) {}
  void fill(std::span<std::uint8_t> bytes) override {
    for (std::uint8_t& byte : bytes) byte = next_++;
  }

 private:
  std::uint8_t next_;
};

}  // namespace tokctl::testing
