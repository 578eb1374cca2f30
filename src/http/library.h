// The library at work: the one that answers now, until the next one has been opened in its place.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>

#include "base/clock.h"
#include "base/config.h"
#include "base/random.h"
#include "http/log.h"
#include "http/metrics.h"
#include "tokctl.h"

namespace tokctl::http {

// Thread-safe.
class Library {
 public:
  // Settings as they now are: files are read again, and so is the file of root keys.
  using Load = std::function<Config()>;

  // Opens it and begins its upkeep. Throws what load and tokctl::open throw.
  Library(Load load, Clock& clock, Random& random, Log& log, Metrics& metrics);

  // Whoever holds it keeps it open.
  std::shared_ptr<Tokctl> get() const {
    const std::lock_guard lock(mutex_);
    return current_;
  }

  // Whether what memory does not know is asked of somebody who may not answer at once: a server.
  bool waits() const { return waits_; }

  // Counts are since the start, whichever library it was that answered.
  auth::CacheStats stats() const;

  Policy policy() const {
    const std::lock_guard lock(mutex_);
    return policy_;
  }

  // Opens it anew, and on success lets go of what was, once its last request is answered. Throws as
  // the constructor, and everything stays as it is.
  void reload();

 private:
  struct Opened {
    std::shared_ptr<Tokctl> library;
    Policy policy;
    bool waits;
  };
  Opened open_now() const;
  // What was there before.
  std::shared_ptr<Tokctl> take(Opened opened);
  void begin_upkeep();
  // Waits for its last requests.
  void let_go(const std::shared_ptr<Tokctl>& old);

  const Load load_;
  Clock& clock_;
  Random& random_;
  Log& log_;
  Metrics& metrics_;
  std::atomic<bool> waits_{true};
  mutable std::mutex mutex_;
  Policy policy_;
  std::shared_ptr<Tokctl> current_;
  auth::CacheStats past_;  // counts of those that came before
};

}  // namespace tokctl::http
