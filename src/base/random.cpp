#include "base/random.h"

#include <sodium.h>

#include "base/error.h"

namespace tokctl {

SystemRandom::SystemRandom() {
  if (sodium_init() < 0) {
    throw Error(Code::kInternal, "random.init", "cannot set up the system's random generator");
  }
}

void SystemRandom::fill(std::span<std::uint8_t> bytes) { randombytes_buf(bytes.data(), bytes.size()); }

}  // namespace tokctl
