#include "cli/inherited.h"

#include <sys/stat.h>

namespace tokctl::cli {

// Nothing here can fail: the signals, the limit and the mask are as POSIX names them, and the limit
// that is set again is within the one there is.
Inherited::Inherited() noexcept
    : on_broken_pipe_(::signal(SIGPIPE, SIG_IGN)),
      on_large_file_(::signal(SIGXFSZ, SIG_IGN)),
      mask_(::umask(077)) {
  static_cast<void>(::getrlimit(RLIMIT_CORE, &core_));
}

void Inherited::give_back() const noexcept {
  static_cast<void>(::signal(SIGPIPE, on_broken_pipe_));
  static_cast<void>(::signal(SIGXFSZ, on_large_file_));
  ::umask(mask_);
  static_cast<void>(::setrlimit(RLIMIT_CORE, &core_));
}

}  // namespace tokctl::cli
