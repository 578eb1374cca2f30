#include "oauth/refresh_duty.h"

namespace tokctl::oauth {
namespace {

// Within kMinValid there is time to try again, after a failure too.
constexpr Seconds kEvery = std::chrono::minutes(1);
constexpr std::size_t kAtOnce = 4;

}  // namespace

auth::Duty refresh_duty(Grants& grants) {
  return {.every = kEvery, .work = [&grants](const auto& stopping, const auto& tell) {
            grants.refresh_due(kMinValid, {.at_once = kAtOnce, .told = tell, .stopped = stopping});
          }};
}

}  // namespace tokctl::oauth
