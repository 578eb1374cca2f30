#include "base/resolve.h"

#include <catch2/catch.hpp>

namespace tokctl {
namespace {

using Clock = std::chrono::steady_clock;

TEST_CASE("resolve: a known name is found in time") {
  CHECK(resolvable_by("localhost", Clock::now() + std::chrono::seconds(30)));
}

TEST_CASE("resolve: an answer that comes too late is waited for by nobody") {
  const auto begun = Clock::now();
  for (int i = 0; i < 20; ++i) {
    resolvable_by("name-" + std::to_string(i) + ".invalid", begun + std::chrono::milliseconds(50));
  }
  CHECK(Clock::now() - begun < std::chrono::seconds(10));
}

}  // namespace
}  // namespace tokctl
