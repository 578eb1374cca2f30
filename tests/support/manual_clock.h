// A clock that moves only when a test says so.
#pragma once

#include "base/clock.h"

namespace tokctl::test {

class ManualClock final : public Clock {
 public:
  explicit ManualClock(Time start = from_unix(1'800'000'000)) : now_(start) {}

  Time now() const override { return now_; }
  Steady steady() const override { return steady_; }
  // Nobody waits: time simply has passed.
  void sleep_until(Steady moment) override {
    if (moment > steady_) {
      slept_ += moment - steady_;
      steady_ = moment;
    }
  }

  void advance(Seconds by) {
    now_ += by;
    steady_ += by;
  }
  void set(Time now) { now_ = now; }  // as when somebody sets the machine's clock
  Steady slept() const { return slept_; }

 private:
  Time now_;
  Steady steady_{0};
  Steady slept_{0};
};

}  // namespace tokctl::test
