// Files that hold secrets: private from the moment they exist, never half written.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/secret.h"

namespace tokctl {

// All of these throw Error with the path as `printable` shows it and the system's reason in our own
// words: kUsage when that path cannot be used at all (a folder is missing, permission denied),
// kUnavailable when trying again may help (no space, an I/O error), unless said otherwise.

// Throws that Error for the system's `error`; the deed is "create", "write" or the like.
[[noreturn]] void fail_file(std::string_view deed, const std::string& path, int error);

// Where the file lies; "." for a bare name.
std::string folder_of(const std::string& path);

// Once the file is there: until then, a power cut can take its name away. In a folder that we may
// write but not read, everything is synced.
void sync_folder_of(const std::string& path);

// Reads a file that only its owner may read. Refuses, each with its own message (Code::kIntegrity,
// except kNotFound for an absent file): a symbolic link, anything but a regular file, another
// user's file (root may read its own only, like everybody), group or world access, more than
// `limit` bytes, and what cannot be read. A file of root's that by its access control list nobody
// but us may read is as good as ours: so systemd hands over a credential.
SecretString read_private_file(const std::string& path, std::size_t limit);

struct FileText {
  SecretString text;
  bool exposed;  // the group or the world may read it
};
// Reads a file that anybody may own and read; links are followed. Nothing when it is absent. Throws
// kUsage for anything but a regular file, more than `limit` bytes, and what cannot be read.
std::optional<FileText> read_file(const std::string& path, std::size_t limit);

// A file of mode 0600 that is written aside, under a name of its own in the same folder, and then
// moved into place: it appears whole or not at all. Gone again unless it was moved.
class DraftFile {
 public:
  explicit DraftFile(const std::string& path);
  DraftFile(const DraftFile&) = delete;
  DraftFile& operator=(const DraftFile&) = delete;
  ~DraftFile();

  // Where it is meanwhile, for whoever writes files by name.
  const std::string& name() const { return name_; }
  void append(std::string_view content);
  // Mode 0644, for what everybody may read.
  void publish();

  // Once, at the end. Everything is on disk when they return. False, changing nothing, when
  // something is there already, be it a dangling link.
  bool move_to_free_place();
  void move_over();

 private:
  void finish();
  [[noreturn]] void fail_writing();
  bool refused() const;

  std::string path_;
  std::string name_;
  int fd_;
};

// Creates `path` with mode 0600 and `content`, on disk before it returns. Written aside and moved
// into place, so it appears whole or not at all; of several that try at once exactly one succeeds.
// Returns false, changing nothing, when `path` exists already, be it as a dangling link.
bool create_private_file(const std::string& path, std::string_view content);

// As above, but replaces an existing file atomically. A link is replaced, not followed; anything
// else that is not a regular file (root's /dev/null, say) is refused.
void replace_private_file(const std::string& path, std::string_view content);
// The same with mode 0644, for what everybody may read.
void replace_public_file(const std::string& path, std::string_view content);

// Makes `path` and its missing parents with mode 0700. Existing folders are left as they are.
void make_private_folder(const std::string& path);

// An advisory lock on a file, made if need be with mode 0600, held until destruction. Lets one of
// several processes that start at once set things up while the others wait.
class FileLock {
 public:
  explicit FileLock(const std::string& path);
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;
  ~FileLock();

 private:
  int fd_;
};

// Makes the process safe to hold a root key: no core files, no reading of its memory by the same
// user's other processes. Called when a keyring is loaded; calling it again does nothing.
void harden_process();

}  // namespace tokctl
