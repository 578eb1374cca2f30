#include "db/retry.h"

#include <algorithm>
#include <cstdint>
#include <random>
#include <thread>

namespace tokctl::db {
namespace {

constexpr std::chrono::milliseconds kLongestNap{250};

std::chrono::microseconds random_length(std::chrono::microseconds longest) {
  thread_local std::minstd_rand random(std::random_device{}());
  return std::chrono::microseconds(
      std::uniform_int_distribution<std::int64_t>(longest.count() / 5, longest.count())(random));
}

}  // namespace

Backoff::Backoff(Clock::time_point deadline) : deadline_(deadline) {}

bool Backoff::nap() {
  const auto now = Clock::now();
  if (now >= deadline_) return false;
  const auto left = std::chrono::ceil<std::chrono::microseconds>(deadline_ - now);
  std::this_thread::sleep_for(std::min(random_length(longest_), left));
  longest_ = std::min(longest_ * 2, kLongestNap);
  return true;
}

void throw_overtaken() {
  throw DbError(Trouble::kBusy, "db.busy", "another process has changed the same meanwhile",
                "try again");
}

Retry::Retry(std::chrono::milliseconds timeout, bool server)
    : backoff_(Backoff::Clock::now() + timeout), server_(server) {}

bool Retry::again(const DbError& error) {
  return error.id() != kCommitUnknown && again_with_a_look(error);
}

bool Retry::again_with_a_look(const DbError& error) {
  const bool lost = server_ && error.trouble() == Trouble::kGone;
  if (!lost && error.trouble() != Trouble::kBusy) return false;
  return ++tries_ < kTriesMax && backoff_.nap();
}

}  // namespace tokctl::db
