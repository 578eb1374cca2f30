// Randomness as a collaborator, so that a test can replay it.
#pragma once

#include <cstdint>
#include <span>

namespace tokctl {

class Random {
 public:
  virtual ~Random() = default;
  // Fills `bytes` with values nobody can predict. Never fails: it stops the process before it
  // would.
  virtual void fill(std::span<std::uint8_t> bytes) = 0;
};

// The kernel's generator, by way of libsodium. Thread-safe.
class SystemRandom final : public Random {
 public:
  SystemRandom();
  void fill(std::span<std::uint8_t> bytes) override;
};

}  // namespace tokctl
