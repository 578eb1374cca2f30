// A progress bar on standard error, when that is a terminal.
#pragma once

#include <cstdint>
#include <string>

#include "auth/sessions.h"
#include "cli/context.h"

namespace tokctl::cli {

class ProgressBar {
 public:
  // `what` is counted, in the plural.
  ProgressBar(Context& context, std::string what);
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;
  ~ProgressBar();  // leaves no trace

  // To hand to long work; valid as long as the bar. Empty when nobody watches.
  auth::Progress progress();
  void update(std::int64_t done, std::int64_t total);
  void clear() noexcept;

 private:
  Context& context_;
  std::string what_;
  bool shown_;
  bool drawn_ = false;
  Clock::Steady next_{0};
};

}  // namespace tokctl::cli
