#include <unistd.h>

#include <thread>

#include "db/sqlite.h"

namespace tokctl::db::sqlite {
namespace {

constexpr std::chrono::microseconds kShortestNap{50}, kLongestNap{2000};
constexpr std::chrono::milliseconds kAtOnce{1};  // a writer that asks again so soon is in a hurry
constexpr std::chrono::milliseconds kLongestRun{50};  // of turns in a hurry

}  // namespace

Patience::Patience(std::chrono::milliseconds timeout)
    : timeout_(timeout),
      random_(static_cast<std::minstd_rand::result_type>(Clock::now().time_since_epoch().count() ^
                                                         getpid())) {}

bool Patience::nap(int tries) {
  const auto now = Clock::now();
  if (tries == 0) deadline_ = now + timeout_;
  if (now >= deadline_) return false;
  contended_ = true;
  sleep();
  return true;
}

void Patience::before_turn() {
  const auto now = Clock::now();
  if (now - turn_end_ > kAtOnce) {
    rested_ = now;
  } else if (contended_ || now - rested_ > kLongestRun) {
    // Others may be waiting, which nothing tells who never had to wait himself.
    sleep();
    rested_ = Clock::now();
  }
  contended_ = false;
}

void Patience::after_turn() { turn_end_ = Clock::now(); }

void Patience::sleep() {
  std::uniform_int_distribution<std::int64_t> length(kShortestNap.count(), kLongestNap.count());
  std::this_thread::sleep_for(std::chrono::microseconds(length(random_)));
}

}  // namespace tokctl::db::sqlite
