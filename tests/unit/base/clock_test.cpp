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

TEST_CASE("clock: a moment moved beyond all time stays at its end") {
  CHECK(moved(from_unix(5), Seconds(-7)) == from_unix(-2));
  CHECK(moved(Time::max(), Seconds(1)) == Time::max());
  CHECK(moved(from_unix(5), Seconds::max()) == Time::max());
  CHECK(moved(Time::min(), Seconds(-1)) == Time::min());
  CHECK(moved(from_unix(-5), Seconds::min()) == Time::min());
}

}  // namespace
}  // namespace tokctl
