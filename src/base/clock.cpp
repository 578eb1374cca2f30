#include "base/clock.h"

#include <thread>

namespace tokctl {

Time SystemClock::now() const {
  return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

Clock::Steady SystemClock::steady() const {
  return std::chrono::steady_clock::now().time_since_epoch();
}

void SystemClock::sleep_until(Steady moment) { std::this_thread::sleep_for(moment - steady()); }

}  // namespace tokctl
