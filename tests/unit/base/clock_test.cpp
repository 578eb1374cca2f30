#include "base/clock.h"

#include <catch2/catch.hpp>
#include <ctime>

namespace tokctl {
namespace {

TEST_CASE("the system's clock tells Unix time") {
  const auto before = std::time(nullptr);
  const auto now = to_unix(SystemClock().now());
  CHECK(now >= before);
  CHECK(now <= std::time(nullptr));
  CHECK(from_unix(now) == from_unix(0) + Seconds(now));
}

TEST_CASE("sleeping ends at the moment asked for, and at once when that has passed") {
  SystemClock clock;
  const auto start = clock.steady();
  clock.sleep_until(start - std::chrono::hours(1));
  const auto moment = clock.steady() + std::chrono::milliseconds(2);
  clock.sleep_until(moment);
  CHECK(clock.steady() >= moment);
}

}  // namespace
}  // namespace tokctl
