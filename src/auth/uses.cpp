#include "auth/uses.h"

#include <algorithm>
#include <span>
#include <system_error>
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
  if (flushing_.valid()) flushing_.wait();
  try_flush();
}

void Uses::try_flush() noexcept {
  try {
    flush();
  } catch (const std::exception&) {  // NOLINT(bugprone-empty-catch)
    // A database that only reads, or is gone, is no reason to fail: the verdicts stand.
  }
}

void Uses::flush_if_due() noexcept {
  if (context_.clock.steady() < due_.load()) return;
  const std::unique_lock lock(starting_, std::try_to_lock);
  if (!lock) return;
  if (flushing_.valid() && flushing_.wait_for(Seconds(0)) != std::future_status::ready) return;
  due_ = context_.clock.steady() + kUseFlush;
  // With one connection for all, the thread would keep it from whoever asks.
  if (context_.config.pool_size < 2) return try_flush();
  try {
    flushing_ = std::async(std::launch::async, [this] { try_flush(); });
  } catch (const std::system_error&) {  // NOLINT(bugprone-empty-catch)
    // No thread is to be had: the next time.
  }
}

void Uses::note(std::int64_t lookup, Time at, const std::optional<Time>& recorded) {
  if (recorded && at - *recorded < kUseFlush) return;
  const std::lock_guard lock(mutex_);
  uses_.note({lookup, at});
  if (uses_.size() >= kMany) due_ = Clock::Steady::min();
}

std::optional<Time> Uses::last(std::int64_t lookup) {
  const std::lock_guard lock(mutex_);
  return std::max(uses_.find(lookup), in_hand_.find(lookup));
}

void Uses::flush() {
  const std::lock_guard one_at_a_time(writing_);
  {
    const std::lock_guard lock(mutex_);
    due_ = context_.clock.steady() + kUseFlush;
    in_hand_ = std::exchange(uses_, {});
  }
  if (context_.config.dry_run) return;
  // Without mutex_, which every validation waits for: nobody else changes what is in hand.
  std::vector<Use> left = in_hand_.by_row();
  try {
    while (!left.empty()) {
      left.resize(write(context_, [&](Change& change) {
        const std::size_t count = std::min(kBatch, left.size());
        for (const Use& use : std::span(left).last(count))
          db::api_tokens::used(change.db(), use.lookup, use.at);
        change.commit_without_event();
        return left.size() - count;
      }));
    }
  } catch (...) {
    let_go(left);
    throw;
  }
  let_go({});
}

void Uses::let_go(const std::vector<Use>& unwritten) {
  const std::lock_guard lock(mutex_);
  in_hand_ = {};
  for (const Use& use : unwritten) uses_.note(use);
}

}  // namespace tokctl::auth
