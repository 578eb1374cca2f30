// The connections of a process to its database.
#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "db/driver.h"
#include "db/handle.h"

namespace tokctl::db {

// Hands out one connection a user and takes it back. Thread-safe. Keeps idle connections; drops
// broken ones. The connections of a pool on `sqlite::memory:` share one database, which lives as
// long as the pool.
class Pool {
 public:
  static constexpr std::size_t kIdleMax = 16;

  // Throws what driver_for throws. Connects when the first connection is borrowed.
  Pool(std::string url, OpenOptions options, Handle::Trace trace);
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
  Lease borrow();

  const std::string& url() const { return url_; }

 private:
  void give_back(std::unique_ptr<Handle> handle) noexcept;

  const std::string url_;
  const std::string connect_url_;  // as url_; a database in memory has a name here
  const OpenOptions options_;
  const Handle::Trace trace_;
  const Driver& driver_;
  std::unique_ptr<Connection> keeper_;  // keeps a database in memory alive
  std::mutex mutex_;
  std::vector<std::unique_ptr<Handle>> idle_;
};

}  // namespace tokctl::db
