#include "db/pool.h"

#include <algorithm>
#include <cstdint>

namespace tokctl::db {
namespace {

constexpr std::string_view kMemory = "sqlite::memory:";

}  // namespace

Pool::Pool(const std::string& url, OpenOptions options, Handle::Trace trace, PoolLimits limits)
    : Pool(driver_for(url), url, options, std::move(trace), limits) {}

Pool::Pool(const Driver& driver, std::string url, OpenOptions options, Handle::Trace trace,
           PoolLimits limits)
    : url_(std::move(url)),
      // The address makes the name unique among the pools alive.
      connect_url_(url_ == kMemory ? url_ + std::to_string(reinterpret_cast<std::uintptr_t>(this))
                                   : url_),
      options_(options),
      trace_(std::move(trace)),
      limits_(limits),
      driver_(driver) {
  if (url_ == kMemory) keeper_ = driver_.open(connect_url_, options_);
  idle_.reserve(limits_.size);
}

Pool::~Pool() = default;

Pool::Lease Pool::borrow() {
  const auto deadline = Clock::now() + options_.timeout;
  std::vector<Idle> dropped;  // closed without the lock: closing may take a while
  std::unique_ptr<Handle> handle;
  {
    std::unique_lock lock(mutex_);
    if (!room_.wait_until(lock, deadline, [&] { return lent_ < limits_.size; })) {
      throw DbError(Trouble::kBusy, "db.pool",
                    "all connections to the database that this process may have are in use",
                    "try again, or allow more with pool_size");
    }
    ++lent_;
    handle = take_idle(dropped);
  }
  try {
    if (!handle) handle = connect(deadline);
  } catch (...) {
    give_up();
    throw;
  }
  return {*this, std::move(handle)};
}

// The one used last, so that those that are not needed grow old.
std::unique_ptr<Handle> Pool::take_idle(std::vector<Idle>& dropped) {
  const auto oldest = Clock::now() - limits_.idle_for;
  const auto young =
      std::ranges::find_if(idle_, [&](const Idle& idle) { return idle.since > oldest; });
  std::move(idle_.begin(), young, std::back_inserter(dropped));
  idle_.erase(idle_.begin(), young);
  while (!idle_.empty()) {
    Idle last = std::move(idle_.back());
    idle_.pop_back();
    if (last.handle->connection().usable()) return std::move(last.handle);
    dropped.push_back(std::move(last));
  }
  return nullptr;
}

std::unique_ptr<Handle> Pool::connect(Clock::time_point deadline) {
  for (Backoff backoff(deadline);;) {
    try {
      auto handle = std::make_unique<Handle>(driver_.open(connect_url_, options_), trace_);
      const std::lock_guard lock(mutex_);
      reached_ = true;
      return handle;
    } catch (const DbError& error) {
      if (!may_answer_soon(error) || !backoff.nap()) throw;
    }
  }
}

bool Pool::may_answer_soon(const DbError& error) {
  if (error.trouble() == Trouble::kBusy) return true;
  if (error.trouble() != Trouble::kGone || !driver_.is_server()) return false;
  const std::lock_guard lock(mutex_);
  return reached_;
}

void Pool::give_back(std::unique_ptr<Handle> handle) noexcept {
  handle->connection().rollback();
  {
    const std::lock_guard lock(mutex_);
    --lent_;
    if (handle->connection().usable()) {
      idle_.push_back({std::move(handle), Clock::now()});  // never more than there is room for
    } else {
      idle_.clear();
    }
  }
  room_.notify_one();
}

void Pool::give_up() noexcept {
  {
    const std::lock_guard lock(mutex_);
    --lent_;
  }
  room_.notify_one();
}

}  // namespace tokctl::db
