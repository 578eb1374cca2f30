// A clock that moves only when a test says so.
#pragma once

#include <atomic>

#include "base/clock.h"

namespace tokctl::test {

class ManualClock final : public Clock {
 public:
  explicit ManualClock(Time start = from_unix(1'800'000'000)) : now_(start) {}

  Time now() const override { return now_; }
  Steady steady() const override { return steady_; }
  // Nobody waits: time simply has passed.
  void sleep_until(Steady moment) override {
    if (moment > steady_.load()) {
      slept_ += moment - steady_.load();
      steady_ = moment;
    }
  }

  void advance(Seconds by) {
    now_ = now_.load() + by;
    steady_ = steady_.load() + by;
  }
  void set(Time now) { now_ = now; }  // as when somebody sets the machine's clock
  Steady slept() const { return slept_; }

 private:
  // Read by threads that the library has, while a test ticks it.
  std::atomic<Time> now_;
  std::atomic<Steady> steady_{Steady(0)};
  Steady slept_{0};
};

}  // namespace tokctl::test
