// What tokctl's caller gave it and it does not keep for itself, for a command that it becomes.
#pragma once

#include <signal.h>
#include <sys/resource.h>
#include <sys/types.h>

namespace tokctl::cli {

// Changes the process on construction: a file that it makes is its user's alone, and output that
// nobody reads, or that outgrows the limit of a file's size, is an error of write and no end by
// SIGPIPE or SIGXFSZ. Remembers how that was, and how long a core file might be. To be made before
// harden_process.
class Inherited {
 public:
  Inherited() noexcept;

  // Makes it as it was. What must not be in a core file stays out of one until an exec, since
  // the process is still no dumpable one.
  void give_back() const noexcept;

 private:
  sighandler_t on_broken_pipe_;
  sighandler_t on_large_file_;
  mode_t mask_;
  rlimit core_{};
};

}  // namespace tokctl::cli
