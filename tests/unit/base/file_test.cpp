#include "base/file.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/xattr.h>

#include <algorithm>
#include <atomic>
#include <catch2/catch.hpp>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "support/child.h"
#include "support/error.h"
#include "support/scratch.h"

namespace tokctl {
namespace {

using testing::code_of;
using testing::content_of;
using testing::error_of;
using testing::in_child;
using testing::mode_of;
using testing::Scratch;

std::string refusal(const std::string& path) {
  const Error error = error_of([&] { read_private_file(path, 100); });
  CHECK(error.code() == Code::kIntegrity);
  CHECK(error.message().starts_with(path));
  return error.message().substr(path.size() + 1);
}

TEST_CASE("a private file is read whole") {
  const Scratch scratch;
  const std::string text("a\0b\n", 4);
  CHECK(read_private_file(scratch.file("f", text), 100).reveal() == text);
  CHECK(read_private_file(scratch.file("empty", ""), 100).empty());
  CHECK(read_private_file(scratch.file("full", std::string(100, 'x')), 100).size() == 100);
  CHECK(read_private_file(scratch.file("readonly", "x", 0400), 100).reveal() == "x");
}

// The list that `setfacl -m u:UID:r` gives a file of mode 0400, as the kernel keeps it.
std::string acl_for(std::uint32_t uid) {
  std::string acl("\x02\0\0\0", 4);
  const auto add = [&](char tag, char permissions, std::uint32_t id) {
    acl += std::string{tag, '\0', permissions, '\0'};
    for (unsigned shift = 0; shift < 32; shift += 8) acl += static_cast<char>(id >> shift);
  };
  add(0x01, 4, 0xffffffff);
  add(0x02, 4, uid);
  add(0x04, 0, 0xffffffff);
  add(0x10, 4, 0xffffffff);
  add(0x20, 0, 0xffffffff);
  return acl;
}

TEST_CASE("a file that a list lets others read is no private one") {
  const Scratch scratch;
  const std::string path = scratch.file("listed", "x", 0400);
  const std::string acl = acl_for(::geteuid() + 1);
  REQUIRE(::setxattr(path.c_str(), "system.posix_acl_access", acl.data(), acl.size(), 0) == 0);
  CHECK(refusal(path) == "may be used by others");
  if (::geteuid() != 0) return;  // nobody else can make a file of root's

  const auto as_nobody = [&](std::uint32_t listed) {
    const std::string list = acl_for(listed);
    REQUIRE(::setxattr(path.c_str(), "system.posix_acl_access", list.data(), list.size(), 0) == 0);
    return in_child([&] {
      return ::setgid(65534) == 0 && ::setuid(65534) == 0 &&
             read_private_file(path, 100).reveal() == "x";
    });
  };
  REQUIRE(::chmod(scratch.path().c_str(), 0711) == 0);
  CHECK(as_nobody(65534));
  CHECK_FALSE(as_nobody(65533));
}

TEST_CASE("a private file that is not one is refused, and the reason said") {
  const Scratch scratch;
  CHECK(refusal(scratch.file("large", std::string(101, 'x'))) == "is larger than 100 bytes");
  for (const mode_t mode : {0640U, 0604U, 0620U, 0602U, 0610U, 0601U, 0644U}) {
    const std::string path = scratch.file("open", "x", mode);
    CHECK(refusal(path) == "may be used by others");
    CHECK(error_of([&] { read_private_file(path, 100); }).hint() == "chmod 600 " + path);
  }
  std::filesystem::create_symlink(scratch.file("target", "x"), scratch / "link");
  CHECK(refusal(scratch / "link") == "is a symbolic link");
  std::filesystem::create_symlink("/nowhere", scratch / "dangling");
  CHECK(refusal(scratch / "dangling") == "is a symbolic link");
  CHECK(refusal(scratch.path()) == "is not a regular file");
  REQUIRE(::mkfifo((scratch / "fifo").c_str(), 0600) == 0);
  CHECK(refusal(scratch / "fifo") == "is not a regular file");  // and does not wait for a writer
  CHECK(refusal("/dev/null") == "is not a regular file");
  CHECK(refusal(scratch / "target/below") == "cannot be read: a part of the path is not a folder");
  CHECK(refusal(scratch / std::string(300, 'n')) == "cannot be read: the name is too long");
}

TEST_CASE("a private file that is a socket is refused") {
  const Scratch scratch;
  const std::string path = scratch / "socket";
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  REQUIRE(path.size() < sizeof address.sun_path);
  path.copy(address.sun_path, path.size());
  const int fd = ::socket(AF_UNIX, SOCK_STREAM, 0);
  REQUIRE(::bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  CHECK(refusal(path) == "is not a regular file");
  ::close(fd);
}

TEST_CASE("another user's file is refused, by root too") {
  const Scratch scratch;
  const std::string path = scratch.file("f", "x");
  if (::geteuid() == 0) {
    REQUIRE(::chown(path.c_str(), 65534, 65534) == 0);
    CHECK(refusal(path) == "belongs to another user");
  } else {
    CHECK(refusal("/etc/shadow").starts_with("cannot be read: permission denied"));
  }
}

TEST_CASE("an absent private file is not found") {
  const Scratch scratch;
  const Error error = error_of([&] { read_private_file(scratch / "no\nne", 100); });
  CHECK(error.code() == Code::kNotFound);
  CHECK(error.message() == scratch.path() + "/no\\x0ane does not exist");
}

TEST_CASE("an ordinary file says whether others may read it") {
  const Scratch scratch;
  CHECK_FALSE(read_file(scratch / "absent", 100));
  CHECK_FALSE(read_file(scratch.file("f", "x") + "/below", 100));
  CHECK_FALSE(read_file(scratch.file("private", "text"), 100)->exposed);
  CHECK(read_file(scratch.file("group", "text", 0640), 100)->exposed);
  CHECK(read_file(scratch.file("world", "text", 0604), 100)->exposed);
  std::filesystem::create_symlink(scratch / "world", scratch / "link");
  CHECK(read_file(scratch / "link", 100)->text.reveal() == "text");
  CHECK(read_file(scratch / "link", 4)->text.reveal() == "text");
  CHECK(code_of([&] { read_file(scratch / "link", 3); }) == Code::kUsage);
  CHECK(code_of([&] { read_file(scratch.path(), 100); }) == Code::kUsage);
  CHECK(code_of([&] { read_file("/dev/zero", 100); }) == Code::kUsage);
  REQUIRE(::mkfifo((scratch / "fifo").c_str(), 0600) == 0);
  CHECK(code_of([&] { read_file(scratch / "fifo", 100); }) == Code::kUsage);
}

TEST_CASE("a created file is private and holds everything") {
  const Scratch scratch;
  const std::string text("a\0b", 3);
  CHECK(create_private_file(scratch / "f", text));
  CHECK(content_of(scratch / "f") == text);
  CHECK(mode_of(scratch / "f") == 0600);
  CHECK(std::distance(std::filesystem::directory_iterator(scratch.path()), {}) == 1);
}

TEST_CASE("a created file is private whatever the umask") {
  const Scratch scratch;
  for (const mode_t mask : {0000U, 0777U}) {
    const mode_t before = ::umask(mask);
    const bool created = create_private_file(scratch / std::to_string(mask), "x");
    ::umask(before);
    CHECK(created);
    CHECK(mode_of(scratch / std::to_string(mask)) == 0600);
  }
}

TEST_CASE("creating changes nothing that is there") {
  const Scratch scratch;
  scratch.file("f", "old", 0644);
  std::filesystem::create_symlink("nowhere", scratch / "dangling");
  std::filesystem::create_directory(scratch / "folder");
  for (const char* name : {"f", "dangling", "folder"}) {
    CHECK_FALSE(create_private_file(scratch / name, "new"));
  }
  CHECK(content_of(scratch / "f") == "old");
  CHECK(mode_of(scratch / "f") == 0644);
  CHECK(std::filesystem::is_symlink(scratch / "dangling"));
  CHECK_FALSE(std::filesystem::exists(scratch / "nowhere"));
  CHECK(std::distance(std::filesystem::directory_iterator(scratch.path()), {}) == 3);
}

TEST_CASE("of many that create one file, one succeeds") {
  const Scratch scratch;
  for (int round = 0; round < 20; ++round) {
    const std::string path = scratch / std::to_string(round);
    std::atomic<int> winners = 0;
    std::atomic<int> winner = -1;
    std::vector<std::thread> threads;
    for (int i = 0; i < 8; ++i) {
      threads.emplace_back([&, i] {
        if (create_private_file(path, std::string(1000, static_cast<char>('a' + i)))) {
          ++winners;
          winner = i;
        }
      });
    }
    for (auto& thread : threads) thread.join();
    CHECK(winners == 1);
    CHECK(content_of(path) == std::string(1000, static_cast<char>('a' + winner)));
  }
  CHECK(std::distance(std::filesystem::directory_iterator(scratch.path()), {}) == 20);
}

TEST_CASE("a write that fails leaves nothing behind") {
  const Scratch scratch;
  scratch.file("old", "old");
  CHECK(in_child([&] {
    // Stands for a full disk: writing beyond 10 bytes fails.
    const rlimit limit{10, RLIM_INFINITY};
    ::signal(SIGXFSZ, SIG_IGN);
    ::setrlimit(RLIMIT_FSIZE, &limit);
    int failed = 0;
    try {
      create_private_file(scratch / "new", "longer than that");
    } catch (const Error&) {
      ++failed;
    }
    try {
      replace_private_file(scratch / "old", "longer than that");
    } catch (const Error&) {
      ++failed;
    }
    return failed == 2;
  }));
  CHECK(content_of(scratch / "old") == "old");
  CHECK(std::distance(std::filesystem::directory_iterator(scratch.path()), {}) == 1);
}

TEST_CASE("writing where one cannot says why") {
  const Scratch scratch;
  const std::string path = scratch / "no/where";
  const Error error = error_of([&] { create_private_file(path, "x"); });
  CHECK(error.code() == Code::kUsage);
  CHECK(error.message() == "cannot create " + path + ": no such file or folder");
  CHECK(code_of([] { create_private_file("/proc/tokctl", "x"); }) == Code::kUsage);
  CHECK(code_of([&] { create_private_file(scratch.file("f", "") + "/g", "x"); }) == Code::kUsage);
}

TEST_CASE("replacing is whole, private and spares links' targets and devices") {
  const Scratch scratch;
  const std::string path = scratch.file("f", "old", 0644);
  const std::string other = path + "2";
  std::filesystem::create_hard_link(path, other);
  replace_private_file(path, "new");
  CHECK(content_of(path) == "new");
  CHECK(mode_of(path) == 0600);
  CHECK(content_of(other) == "old");

  std::filesystem::create_symlink(other, scratch / "link");
  replace_private_file(scratch / "link", "new");
  CHECK_FALSE(std::filesystem::is_symlink(scratch / "link"));
  CHECK(content_of(other) == "old");

  replace_private_file(scratch / "fresh", "new");
  CHECK(content_of(scratch / "fresh") == "new");
  REQUIRE(::mkfifo((scratch / "fifo").c_str(), 0600) == 0);
  CHECK(code_of([&] { replace_private_file(scratch / "fifo", "x"); }) == Code::kUsage);
  CHECK(code_of([&] { replace_private_file(scratch.path(), "x"); }) == Code::kUsage);
  CHECK(std::filesystem::is_fifo(scratch / "fifo"));
}

TEST_CASE("folders are made private, with their parents") {
  const Scratch scratch;
  make_private_folder(scratch / "a//b/c/");
  for (const char* made : {"a", "a/b", "a/b/c"}) CHECK(mode_of(scratch / made) == 0700);

  std::filesystem::permissions(scratch / "a", std::filesystem::perms(0755));
  make_private_folder(scratch / "a");
  make_private_folder(scratch / "a/d");
  CHECK(mode_of(scratch / "a") == 0755);
  CHECK(mode_of(scratch / "a/d") == 0700);
  make_private_folder("/");
  make_private_folder(".");
}

TEST_CASE("a folder that cannot be made is an error") {
  const Scratch scratch;
  scratch.file("f", "");
  std::filesystem::create_symlink("/nowhere/at/all", scratch / "dangling");
  for (const std::string& path : {scratch / "f", scratch / "f/g", scratch / "dangling",
                                  std::string("/proc/tokctl/x"), std::string()}) {
    CAPTURE(path);
    CHECK(code_of([&] { make_private_folder(path); }) == Code::kUsage);
  }
}

TEST_CASE("a lock keeps others out until it ends") {
  const Scratch scratch;
  const std::string path = scratch / "lock";
  const auto free = [&] {
    const int fd = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
    const bool got = ::flock(fd, LOCK_EX | LOCK_NB) == 0;
    ::close(fd);
    return got;
  };
  {
    const FileLock lock(path);
    CHECK(mode_of(path) == 0600);
    CHECK_FALSE(free());
  }
  CHECK(free());

  int inside = 0;  // guarded by the lock alone
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int round = 0; round < 50; ++round) {
        const FileLock lock(path);
        ++inside;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(inside == 200);
}

TEST_CASE("a lock is no way through a link") {
  const Scratch scratch;
  std::filesystem::create_symlink(scratch / "target", scratch / "link");
  CHECK(code_of([&] { const FileLock lock(scratch / "link"); }) == Code::kUsage);
  CHECK_FALSE(std::filesystem::exists(scratch / "target"));
}

TEST_CASE("a hardened process leaves no core and shows nobody its memory") {
  CHECK(in_child([] {
    ::prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
    rlimit before{};
    ::getrlimit(RLIMIT_CORE, &before);
    harden_process();
    harden_process();
    rlimit core{};
    ::getrlimit(RLIMIT_CORE, &core);
    return ::prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0 && core.rlim_cur == 0 &&
           core.rlim_max == before.rlim_max;
  }));
}

}  // namespace
}  // namespace tokctl
