// The connections of a process to its database.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "db/handle.h"

namespace tokctl::db {

// Hands out one connection a user and takes it back. Thread-safe. Keeps idle connections; drops broken ones.
class Pool {
 public:
  Pool(std::string url, OpenOptions options, Handle::Trace trace);
  ~Pool();

  // A borrowed connection; goes back on destruction, by way of a rollback if a transaction was left open.
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
  const OpenOptions options_;
  const Handle::Trace trace_;
  const Driver& driver_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<Handle>> idle_;
};

// The driver that a URL asks for: SQLite compiled in, others loaded from a module beside the binary or in the library
// folder. Throws Error(kUsage, "db.url") for a URL no driver accepts.
const Driver& driver_for(std::string_view url);

// The path in `sqlite:PATH`; nothing for other URLs.
std::optional<std::string> sqlite_path(std::string_view url);

// SQLite, compiled in.
const Driver& sqlite_driver();

}  // namespace tokctl::db
