// Time as a collaborator, so that a test can tick it by hand.
#pragma once

#include <chrono>
#include <cstdint>

namespace tokctl {

// A moment as the database keeps it: whole Unix seconds, 64 bits wide.
using Time = std::chrono::sys_seconds;
using Seconds = std::chrono::seconds;

constexpr std::int64_t to_unix(Time time) { return time.time_since_epoch().count(); }
constexpr Time from_unix(std::int64_t seconds) { return Time{Seconds{seconds}}; }

// `at + by`, or the first or last moment there is: what a database says of both may be anything.
constexpr Time moved(Time at, Seconds by) {
  std::int64_t moved = 0;
  if (!__builtin_add_overflow(to_unix(at), std::int64_t{by.count()}, &moved))
    return from_unix(moved);
  return by < Seconds(0) ? Time::min() : Time::max();
}

// What time it is. `now` may jump when the machine's clock is set; `steady` never goes back and is
// for ages and pauses within one process.
class Clock {
 public:
  using Steady = std::chrono::nanoseconds;  // since an arbitrary origin

  virtual ~Clock() = default;
  virtual Time now() const = 0;
  virtual Steady steady() const = 0;
  // Returns when `steady()` has reached `moment`.
  virtual void sleep_until(Steady moment) = 0;
};

class SystemClock final : public Clock {
 public:
  Time now() const override;
  Steady steady() const override;
  void sleep_until(Steady moment) override;
};

}  // namespace tokctl
