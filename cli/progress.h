// A progress bar on standard error, when that is a terminal.
#pragma once

#include <cstdint>
#include <string>

#include "auth/sessions.h"
#include "cli/context.h"

namespace tokctl::cli {

class ProgressBar {
 public:
  // `what` is counted, in the plural; "bytes" are shown in megabytes.
  ProgressBar(Context& context, std::string what);
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;
  ~ProgressBar();  // leaves no trace

  // To hand to long work; valid as long as the bar. Empty when nobody watches.
  auth::Progress progress();
  void update(std::int64_t done, std::int64_t total);
  void clear() noexcept;

 private:
  std::string amount(std::int64_t count) const;

  Context& context_;
  bool bytes_;
  std::string what_;
  bool shown_;
  bool drawn_ = false;
  const Clock::Steady started_;
  Clock::Steady next_;
};

}  // namespace tokctl::cli
