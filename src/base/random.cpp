#include "base/random.h"

#include <sodium.h>

#include "base/sodium.h"

namespace tokctl {

SystemRandom::SystemRandom() { require_sodium(); }

void SystemRandom::fill(std::span<std::uint8_t> bytes) {
  if (!bytes.empty()) randombytes_buf(bytes.data(), bytes.size());
}

}  // namespace tokctl
