#include "cli/interrupt.h"

#include "base/error.h"

namespace tokctl::cli {
namespace {

volatile sig_atomic_t signalled = 0;

void note_signal(int /*number*/) { signalled = 1; }

}  // namespace

Interruptible::Interruptible() {
  signalled = 0;
  struct sigaction action{};
  action.sa_handler = note_signal;
  action.sa_flags = static_cast<int>(SA_RESETHAND);  // and no SA_RESTART: a read returns
  for (std::size_t i = 0; i < kSignals.size(); ++i) {
    ::sigaction(kSignals[i], nullptr, &before_[i]);
    // What whoever started us wanted ignored (nohup) stays so.
    if (before_[i].sa_handler != SIG_IGN) ::sigaction(kSignals[i], &action, nullptr);
  }
}

Interruptible::~Interruptible() {
  for (std::size_t i = 0; i < kSignals.size(); ++i) {
    ::sigaction(kSignals[i], &before_[i], nullptr);
  }
}

bool Interruptible::noted() { return signalled != 0; }

void Interruptible::check() {
  if (noted()) throw Error(Code::kInterrupted, "interrupted", "interrupted");
}

}  // namespace tokctl::cli
