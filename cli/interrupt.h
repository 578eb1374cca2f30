// ^C and its like, noticed while long work can still stop in good order.
#pragma once

#include <signal.h>

#include <array>

namespace tokctl::cli {

// While it lives, the first SIGINT, SIGTERM or SIGHUP is only noted, and interrupts a read that
// waits; the second one ends the program as ever. One at a time.
class Interruptible {
 public:
  Interruptible();
  Interruptible(const Interruptible&) = delete;
  Interruptible& operator=(const Interruptible&) = delete;
  ~Interruptible();

  static bool noted();
  // Throws Error(kInterrupted, "interrupted") once a signal has come.
  static void check();

 private:
  static constexpr std::array kSignals{SIGINT, SIGTERM, SIGHUP};
  std::array<struct sigaction, kSignals.size()> before_{};
};

}  // namespace tokctl::cli
