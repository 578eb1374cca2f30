// The connections of a process to its database.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "db/driver.h"
#include "db/handle.h"
#include "db/retry.h"

namespace tokctl::db {

struct PoolLimits {
  std::size_t size = 16;  // connections at a time; at least 1
  std::chrono::milliseconds idle_for = std::chrono::minutes(5);  // then closed, at the next use
};

// Hands out one connection a user and takes it back. Thread-safe. Keeps idle connections; drops
// broken ones, and with them all idle ones, for what broke one has mostly broken them too. The
// connections of a pool on `sqlite::memory:` share one database, which lives as long as the pool.
class Pool {
 public:
  // Throws what driver_for throws. Connects when the first connection is borrowed.
  Pool(const std::string& url, OpenOptions options, Handle::Trace trace, PoolLimits limits = {});
  // With a driver of the caller's, who keeps it alive.
  Pool(const Driver& driver, std::string url, OpenOptions options, Handle::Trace trace,
       PoolLimits limits = {});
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;
  ~Pool();

  // A borrowed connection, for one thread at a time; goes back on destruction, by way of a rollback
  // if a transaction was left open. Must not outlive the pool.
  class Lease {
   public:
    Lease(Pool& pool, std::unique_ptr<Handle> handle) : pool_(&pool), handle_(std::move(handle)) {}
    Lease(Lease&&) noexcept = default;
    Lease& operator=(Lease&&) = delete;
    ~Lease() {
      if (handle_) pool_->give_back(std::move(handle_));
    }
    Handle& operator*() const { return *handle_; }
    Handle* operator->() const { return handle_.get(); }

   private:
    Pool* pool_;
    std::unique_ptr<Handle> handle_;
  };
  // Waits for one while all are lent, then throws DbError(kBusy, "db.pool"). Also waits for a
  // server that has answered this pool before: it is being restarted, and a program that runs on
  // should not notice. One that never answered is more likely named wrongly, so whoever asks for
  // the first time, as every short command does, is told at once. Either wait ends with the
  // timeout.
  Lease borrow();

  // To be asked by whoever borrows when the work has failed.
  Retry retry() const { return {options_.timeout, driver_.is_server()}; }

  const std::string& url() const { return url_; }
  const Driver& driver() const { return driver_; }

 private:
  using Clock = std::chrono::steady_clock;
  struct Idle {
    std::unique_ptr<Handle> handle;
    Clock::time_point since;
  };

  std::unique_ptr<Handle> connect(Clock::time_point deadline);
  std::unique_ptr<Handle> take_idle(std::vector<Idle>& dropped);
  void give_back(std::unique_ptr<Handle> handle) noexcept;
  void give_up() noexcept;
  bool may_answer_soon(const DbError& error);

  const std::string url_;
  const std::string connect_url_;  // as url_; a database in memory has a name here
  const OpenOptions options_;
  const Handle::Trace trace_;
  const PoolLimits limits_;
  const Driver& driver_;
  std::unique_ptr<Connection> keeper_;  // keeps a database in memory alive
  std::mutex mutex_;
  std::condition_variable room_;
  std::size_t lent_ = 0;
  bool reached_ = false;    // something has answered
  std::vector<Idle> idle_;  // the longest idle first
};

}  // namespace tokctl::db
