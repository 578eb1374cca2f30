#include "base/clock.h"

#include <ctime>
#include <thread>

namespace tokctl {

// Ten times cheaper than the full time, of which nothing but the seconds would be used. The kernel
// counts them on at its tick: some milliseconds late, and for every program alike.
Time SystemClock::now() const { return from_unix(std::time(nullptr)); }

Clock::Steady SystemClock::steady() const {
  return std::chrono::steady_clock::now().time_since_epoch();
}

void SystemClock::sleep_until(Steady moment) { std::this_thread::sleep_for(moment - steady()); }

}  // namespace tokctl
