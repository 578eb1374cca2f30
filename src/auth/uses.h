// When tokens were last used: collected in memory, written in batches.
#pragma once

#include <atomic>
#include <cstdint>
#include <future>
#include <mutex>
#include <optional>
#include <vector>

#include "auth/context.h"
#include "auth/use_table.h"

namespace tokctl::auth {

// A use costs no write of its own. Thread-safe.
class Uses {
 public:
  explicit Uses(Context& context);
  Uses(const Uses&) = delete;
  Uses& operator=(const Uses&) = delete;
  // Writes what is left, as far as that is possible.
  ~Uses();

  // An API token, by its row's key, was used `at`. `recorded` is what the database has: a use
  // within kUseFlush of it is not worth a write.
  void note(std::int64_t lookup, Time at, const std::optional<Time>& recorded);

  // The last use that was noted and that the database may not have yet.
  std::optional<Time> last(std::int64_t lookup);

  // Has a thread flush if that is due, as far as it is possible: kUseFlush after the last time, or
  // sooner when many wait. For whoever has no thread that does it; nobody waits for a writer.
  void flush_if_due() noexcept;

  // Writes what was noted, later uses winning, without an event, after whoever is at it already.
  // What cannot be written is kept for the next time, and the error thrown.
  void flush();

 private:
  void try_flush() noexcept;
  // Nothing is in hand any more; what could not be written waits again.
  void let_go(const std::vector<Use>& unwritten);

  Context& context_;
  std::mutex mutex_;
  UseTable uses_;
  UseTable in_hand_;  // of whoever flushes, and not yet in the database, or not long
  std::atomic<Clock::Steady> due_;
  std::mutex writing_;  // held by whoever flushes; never waited for with mutex_ held
  std::mutex starting_;
  std::future<void> flushing_;
};

}  // namespace tokctl::auth
