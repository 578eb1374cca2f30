#include "base/random.h"

#include <algorithm>
#include <array>
#include <catch2/catch.hpp>

namespace tokctl {
namespace {

TEST_CASE("the system's randomness fills every byte and does not repeat") {
  SystemRandom random;
  std::array<std::uint8_t, 64> all{};  // the values that each place has shown, or-ed
  std::array<std::uint8_t, 64> last{};
  for (int i = 0; i < 64; ++i) {
    std::array<std::uint8_t, 64> bytes{};
    random.fill(bytes);
    CHECK(bytes != last);
    last = bytes;
    for (std::size_t at = 0; at < all.size(); ++at) all[at] |= bytes[at];
  }
  // A given bit that is 0 sixty-four times running: 2^-64 each.
  CHECK(std::ranges::all_of(all, [](std::uint8_t byte) { return byte == 0xFF; }));
}

TEST_CASE("filling nothing does nothing") { SystemRandom().fill({}); }

}  // namespace
}  // namespace tokctl
