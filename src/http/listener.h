// Where the daemon listens: a Unix socket or an address, and who can reach it.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>

namespace tokctl::http {

// A listening socket, open until destruction. One of the file system is removed then, if it is
// still there and was made here.
class Listener {
 public:
  // On `unix:PATH`, or on an address: HOST:PORT, [HOST]:PORT with an address of IPv6, HOST being
  // `localhost` or an address in digits. A socket that a daemon left behind is replaced; one that
  // somebody listens on is not. `mode` is the socket's in the file system. Throws Error(kUsage,
  // "serve.listen") for a name of neither form, kUnavailable "serve.listen" when it cannot be had.
  static Listener on(std::string_view name, mode_t mode);
  // Takes one that listens already. Throws Error(kUsage, "serve.socket") for anything else.
  static Listener taken(int fd);

  Listener(Listener&& other) noexcept;
  Listener& operator=(Listener&&) = delete;
  ~Listener();

  int fd() const { return fd_; }
  // As `on` takes it, with the port that was chosen for 0.
  const std::string& name() const { return name_; }
  // Whether other machines may reach it: all but Unix sockets and the loopback.
  bool is_public() const { return public_; }

  // Nobody can connect any more.
  void close();

 private:
  explicit Listener(int fd) : fd_(fd) {}
  static Listener on_path(const std::string& path, mode_t mode);
  static Listener on_address(std::string_view host, std::string_view port, std::string_view name);
  void learn_name();

  int fd_;
  std::string name_;
  bool public_ = true;
  std::string path_;  // to be removed, or empty
  dev_t device_ = 0;  // of what was made at `path_`
  ino_t inode_ = 0;
};

}  // namespace tokctl::http
