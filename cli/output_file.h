// A file that a command writes instead of standard output.
#pragma once

#include <optional>
#include <string>

#include "cli/sink.h"

namespace tokctl::cli {

// Of mode 0600, and not there before. It is made before the work begins, so that no credential is
// issued that then has nowhere to go, and removed again unless `finish` has succeeded.
class OutputFile {
 public:
  // Throws Error(kConflict, "file.exists"), or kUsage when it cannot be made.
  explicit OutputFile(std::string path);
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;
  ~OutputFile();

  Sink& sink() { return *sink_; }
  // Everything is on disk when it returns. Throws Error(kInternal, "output.failed").
  void finish();

 private:
  std::string path_;
  int fd_;
  std::optional<Sink> sink_;
  bool finished_ = false;
};

}  // namespace tokctl::cli
