#include "cli/output_file.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "base/error.h"
#include "base/file.h"
#include "base/utf8.h"

namespace tokctl::cli {

OutputFile::OutputFile(std::string path)
    : path_(std::move(path)),
      fd_(::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600)) {
  if (fd_ < 0 && errno == EEXIST) {
    throw Error(Code::kConflict, "file.exists", fmt::format("{} exists already", printable(path_)),
                "tokctl never overwrites a file: remove it, or name another");
  }
  if (fd_ < 0) fail_file("create", path_, errno);
  sink_.emplace(fd_, printable(path_));
}

OutputFile::~OutputFile() {
  ::close(fd_);
  if (!finished_) ::unlink(path_.c_str());
}

void OutputFile::finish() {
  sink_->flush();
  if (::fsync(fd_) != 0) sink_->fail(errno);
  sync_folder_of(path_);
  finished_ = true;
}

}  // namespace tokctl::cli
