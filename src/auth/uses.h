// When tokens were last used: collected in memory, written in batches.
#pragma once

#include <atomic>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

#include "auth/context.h"

namespace tokctl::auth {

// A use costs no write of its own. Thread-safe.
class Uses {
 public:
  explicit Uses(Context& context);
  Uses(const Uses&) = delete;
  Uses& operator=(const Uses&) = delete;
  // Writes what is left, as far as that is possible.
  ~Uses();

  // An API token was used `at`. `recorded` is what the database has: a use within kUseFlush of it
  // is not worth a write.
  void note(const std::string& id, Time at, const std::optional<Time>& recorded);

  // Flushes if that is due, as far as it is possible: kUseFlush after the last time, or sooner when
  // many wait. For whoever has no thread that does it.
  void flush_if_due() noexcept;

  // Writes what was noted, later uses winning, without an event. What cannot be written is kept for
  // the next time, and the error thrown.
  void flush();

 private:
  void put_back(const std::unordered_map<std::string, Time>& uses);

  Context& context_;
  std::mutex mutex_;
  std::unordered_map<std::string, Time> uses_;  // by token id
  std::atomic<Clock::Steady> due_;
};

}  // namespace tokctl::auth
