#include "base/file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <span>
#include <utility>

#include "base/acl.h"
#include "base/error.h"
#include "base/utf8.h"

namespace tokctl {
namespace {

// strerror would speak the user's language and the C library's style.
std::string_view reason(int error) {
  switch (error) {
    case EACCES:
    case EPERM:
      return "permission denied";
    case ENOENT:
      return "no such file or folder";
    case ENOTDIR:
      return "a part of the path is not a folder";
    case EISDIR:
      return "it is a folder";
    case EEXIST:
      return "something else is there";
    case ELOOP:
      return "too many symbolic links";
    case ENAMETOOLONG:
      return "the name is too long";
    case EROFS:
      return "the file system is read-only";
    case ENOSPC:
    case EDQUOT:
      return "no space left";
    case EMFILE:
    case ENFILE:
      return "too many open files";
    case EIO:
      return "input/output error";
    default:
      return "the system refused";
  }
}

Code code_of(int error) {
  switch (error) {
    case ENOSPC:
    case EDQUOT:
    case EMFILE:
    case ENFILE:
    case EIO:
    case ENOMEM:
      return Code::kUnavailable;
    default:
      return Code::kUsage;
  }
}

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }
  bool open() const { return fd_ >= 0; }

 private:
  int fd_;
};

template <typename Call>
auto retried(Call call) {
  auto result = call();
  while (result < 0 && errno == EINTR) result = call();
  return result;
}

// Without O_NONBLOCK, opening a FIFO would wait for a writer.
Descriptor open_for_reading(const std::string& path, int flags) {
  return Descriptor(retried(
      [&] { return ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | flags); }));
}

// Everything in the file, or nothing when it is longer than `limit` or reading fails; errno is 0
// for the former.
std::optional<SecretString> read_all(const Descriptor& file, std::size_t limit) {
  SecretString buffer =
      SecretString::of_size(limit + 1);  // one more, to see a file that is too long
  std::size_t size = 0;
  while (size < buffer.size()) {
    const auto rest = buffer.fill().subspan(size);
    const auto got = retried([&] { return ::read(file.get(), rest.data(), rest.size()); });
    if (got < 0) return std::nullopt;
    if (got == 0) return SecretString(buffer.reveal().substr(0, size));
    size += static_cast<std::size_t>(got);
  }
  errno = 0;
  return std::nullopt;
}

// Whether it is root's, and nobody but us may read it, by an access control list: so systemd hands
// over what LoadCredential= names. Root could read a file of ours as well.
bool is_credential(const Descriptor& file, const struct stat& status) {
  if (status.st_uid != 0 || (status.st_mode & (S_IWGRP | S_IXGRP | S_IRWXO)) != 0) return false;
  std::array<std::uint8_t, 256> acl{};  // a handful of entries
  const ssize_t size = ::fgetxattr(file.get(), "system.posix_acl_access", acl.data(), acl.size());
  return size > 0 && admits_only(std::span(acl).first(static_cast<std::size_t>(size)), ::geteuid());
}

}  // namespace

void fail_file(std::string_view deed, const std::string& path, int error) {
  throw Error(code_of(error), "file.failed",
              fmt::format("cannot {} {}: {}", deed, printable(path), reason(error)));
}

std::string folder_of(const std::string& path) {
  const auto folder = std::filesystem::path(path).parent_path();
  return folder.empty() ? "." : folder.string();
}

void sync_folder_of(const std::string& path) {
  const Descriptor folder(::open(folder_of(path).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder.open() && errno == EACCES) return ::sync();  // waits, on Linux
  if (!folder.open() || ::fsync(folder.get()) != 0) fail_file("write", path, errno);
}

SecretString read_private_file(const std::string& path, std::size_t limit) {
  const auto refuse = [&](std::string_view why, std::string hint = {}) {
    return Error(Code::kIntegrity, "file.unsafe", fmt::format("{} {}", printable(path), why),
                 std::move(hint));
  };
  const Descriptor file = open_for_reading(path, O_NOFOLLOW);
  if (!file.open()) {
    if (errno == ENOENT) {
      throw Error(Code::kNotFound, "file.missing",
                  fmt::format("{} does not exist", printable(path)));
    }
    if (errno == ELOOP) throw refuse("is a symbolic link");
    if (errno == ENXIO) throw refuse("is not a regular file");  // a socket
    throw refuse(fmt::format("cannot be read: {}", reason(errno)));
  }
  struct stat status{};
  if (::fstat(file.get(), &status) != 0) throw refuse("cannot be examined");
  if (!S_ISREG(status.st_mode)) throw refuse("is not a regular file");
  const bool credential = is_credential(file, status);
  if (!credential && status.st_uid != ::geteuid()) throw refuse("belongs to another user");
  if (!credential && (status.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    throw refuse("may be used by others", fmt::format("chmod 600 {}", printable(path)));
  }
  auto content = read_all(file, limit);
  if (!content && errno != 0) throw refuse(fmt::format("cannot be read: {}", reason(errno)));
  if (!content) throw refuse(fmt::format("is larger than {} bytes", limit));
  return *std::move(content);
}

std::optional<FileText> read_file(const std::string& path, std::size_t limit) {
  const auto refuse = [&](std::string_view why) {
    return Error(Code::kUsage, "file.unsafe", fmt::format("{} {}", printable(path), why));
  };
  const Descriptor file = open_for_reading(path, 0);
  if (!file.open()) {
    if (errno == ENOENT || errno == ENOTDIR) return std::nullopt;
    if (errno == ENXIO) throw refuse("is not a regular file");
    fail_file("read", path, errno);
  }
  struct stat status{};
  if (::fstat(file.get(), &status) != 0) fail_file("read", path, errno);
  if (!S_ISREG(status.st_mode)) throw refuse("is not a regular file");
  auto content = read_all(file, limit);
  if (!content && errno != 0) fail_file("read", path, errno);
  if (!content) throw refuse(fmt::format("is larger than {} bytes", limit));
  return FileText{*std::move(content), (status.st_mode & (S_IRGRP | S_IROTH)) != 0};
}

DraftFile::DraftFile(const std::string& path)
    : path_(path),
      name_(folder_of(path) + "/.tokctl-XXXXXX"),
      fd_(::mkostemp(name_.data(), O_CLOEXEC)) {  // O_EXCL, mode 0600
  if (fd_ < 0) fail_file("create", path_, errno);
  // A umask can have taken bits away.
  if (::fchmod(fd_, 0600) != 0) fail_writing();
}

DraftFile::~DraftFile() {
  if (fd_ >= 0) ::close(fd_);
  if (!name_.empty()) ::unlink(name_.c_str());
}

void DraftFile::append(std::string_view content) {
  while (!content.empty()) {
    const auto put = retried([&] { return ::write(fd_, content.data(), content.size()); });
    if (put < 0) fail_writing();
    content.remove_prefix(static_cast<std::size_t>(put));
  }
}

bool DraftFile::move_to_free_place() {
  finish();
  if (::renameat2(AT_FDCWD, name_.c_str(), AT_FDCWD, path_.c_str(), RENAME_NOREPLACE) == 0) {
    name_.clear();
  } else if (errno == EINVAL || errno == ENOSYS) {
    // Not every file system knows RENAME_NOREPLACE; a hard link does not replace either.
    if (::link(name_.c_str(), path_.c_str()) != 0) return refused();
  } else {
    return refused();
  }
  sync_folder_of(path_);
  return true;
}

void DraftFile::publish() {
  if (::fchmod(fd_, 0644) != 0) fail_writing();
}

void DraftFile::move_over() {
  finish();
  if (::rename(name_.c_str(), path_.c_str()) != 0) fail_file("write", path_, errno);
  name_.clear();
  sync_folder_of(path_);
}

// A full disk may show as late as in close.
void DraftFile::finish() {
  if (::fsync(fd_) != 0 || ::close(std::exchange(fd_, -1)) != 0) fail_writing();
}

void DraftFile::fail_writing() {
  const int error = errno;
  ::unlink(std::exchange(name_, {}).c_str());
  if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  fail_file("write", path_, error);
}

bool DraftFile::refused() const {
  if (errno != EEXIST) fail_file("create", path_, errno);
  return false;
}

bool create_private_file(const std::string& path, std::string_view content) {
  DraftFile draft(path);
  draft.append(content);
  return draft.move_to_free_place();
}

namespace {

void check_replaceable(const std::string& path) {
  struct stat status{};
  if (::lstat(path.c_str(), &status) == 0 && !S_ISREG(status.st_mode) && !S_ISLNK(status.st_mode)) {
    throw Error(Code::kUsage, "file.unsafe",
                fmt::format("{} is not a regular file", printable(path)));
  }
}

}  // namespace

void replace_private_file(const std::string& path, std::string_view content) {
  check_replaceable(path);
  DraftFile draft(path);
  draft.append(content);
  draft.move_over();
}

void replace_public_file(const std::string& path, std::string_view content) {
  check_replaceable(path);
  DraftFile draft(path);
  draft.append(content);
  draft.publish();
  draft.move_over();
}

void make_private_folder(const std::string& path) {
  const auto make = [&] { return ::mkdir(path.c_str(), 0700) == 0; };
  if (make()) return;
  if (const std::string parent = folder_of(path);
      errno == ENOENT && parent != path && parent != ".") {
    make_private_folder(parent);
    if (make()) return;
  }
  const int error = errno;
  struct stat status{};
  const bool exists = error == EEXIST && ::stat(path.c_str(), &status) == 0;
  if (!exists || !S_ISDIR(status.st_mode)) fail_file("make folder", path, error);
}

FileLock::FileLock(const std::string& path)
    : fd_(retried([&] {
        return ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY, 0600);
      })) {
  if (fd_ < 0) fail_file("lock", path, errno);
  if (retried([&] { return ::flock(fd_, LOCK_EX); }) != 0) {
    const int error = errno;
    ::close(fd_);
    fail_file("lock", path, error);
  }
}

FileLock::~FileLock() { ::close(fd_); }

void harden_process() {
  rlimit core{};
  bool done = ::getrlimit(RLIMIT_CORE, &core) == 0;
  core.rlim_cur = 0;  // what it could be raised to stays, for a program that this one becomes
  done = done && ::setrlimit(RLIMIT_CORE, &core) == 0;
  if (!done || ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) {
    throw Error(Code::kInternal, "process.harden",
                "cannot keep this process's memory out of core files");
  }
}

}  // namespace tokctl
