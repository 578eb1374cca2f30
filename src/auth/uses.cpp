#include "auth/uses.h"

#include <utility>

#include "auth/change.h"
#include "base/error.h"
#include "db/api_token.h"
#include "model/api_token.h"

namespace tokctl::auth {
namespace {

constexpr std::size_t kBatch = 1000;  // rows a transaction writes: short enough to delay nobody
constexpr std::size_t kMany = 100'000;

}  // namespace

Uses::Uses(Context& context) : context_(context), due_(context.clock.steady() + kUseFlush) {}

Uses::~Uses() {
  due_ = Clock::Steady::min();
  flush_if_due();
}

void Uses::flush_if_due() noexcept {
  if (context_.clock.steady() < due_.load()) return;
  try {
    flush();
  } catch (const std::exception&) {  // NOLINT(bugprone-empty-catch)
    // A database that only reads, or is gone, is no reason to fail: the verdicts stand.
  }
}

void Uses::note(const std::string& id, Time at, const std::optional<Time>& recorded) {
  if (recorded && at - *recorded < kUseFlush) return;
  const std::lock_guard lock(mutex_);
  Time& last = uses_[id];
  last = std::max(last, at);
  if (uses_.size() >= kMany) due_ = Clock::Steady::min();
}

void Uses::flush() {
  std::unordered_map<std::string, Time> uses;
  {
    const std::lock_guard lock(mutex_);
    due_ = context_.clock.steady() + kUseFlush;
    uses = std::exchange(uses_, {});
  }
  if (context_.config.dry_run) return;
  while (!uses.empty()) {
    try {
      const auto done = write(context_, [&](Change& change) {
        auto use = uses.cbegin();
        for (std::size_t count = 0; count < kBatch && use != uses.cend(); ++count, ++use)
          db::api_tokens::used(change.db(), use->first, use->second);
        change.commit_without_event();
        return use;
      });
      uses.erase(uses.cbegin(), done);
    } catch (...) {
      put_back(uses);
      throw;
    }
  }
}

void Uses::put_back(const std::unordered_map<std::string, Time>& uses) {
  const std::lock_guard lock(mutex_);
  for (const auto& [id, at] : uses) {
    Time& last = uses_[id];
    last = std::max(last, at);
  }
}

}  // namespace tokctl::auth
