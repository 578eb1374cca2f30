#include "db/pool.h"

#include <cstdint>

namespace tokctl::db {
namespace {

constexpr std::string_view kMemory = "sqlite::memory:";

}  // namespace

Pool::Pool(std::string url, OpenOptions options, Handle::Trace trace)
    : url_(std::move(url)),
      // The address makes the name unique among the pools alive.
      connect_url_(url_ == kMemory ? url_ + std::to_string(reinterpret_cast<std::uintptr_t>(this))
                                   : url_),
      options_(options),
      trace_(std::move(trace)),
      driver_(driver_for(url_)) {
  if (url_ == kMemory) keeper_ = driver_.open(connect_url_, options_);
  idle_.reserve(kIdleMax);
}

Pool::~Pool() = default;

Pool::Lease Pool::borrow() {
  {
    const std::lock_guard lock(mutex_);
    while (!idle_.empty()) {
      auto handle = std::move(idle_.back());
      idle_.pop_back();
      if (handle->connection().usable()) return {*this, std::move(handle)};
    }
  }
  return {*this, std::make_unique<Handle>(driver_.open(connect_url_, options_), trace_)};
}

void Pool::give_back(std::unique_ptr<Handle> handle) noexcept {
  handle->connection().rollback();
  if (!handle->connection().usable()) return;
  const std::lock_guard lock(mutex_);
  if (idle_.size() < kIdleMax) idle_.push_back(std::move(handle));
}

}  // namespace tokctl::db
