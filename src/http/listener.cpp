#include "http/listener.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstddef>
#include <utility>

#include "base/error.h"
#include "base/file.h"
#include "base/utf8.h"

namespace tokctl::http {
namespace {

constexpr std::string_view kUnix = "unix:";
constexpr int kBacklog = 1024;

[[noreturn]] void fail_name() {
  throw Error(Code::kUsage, "serve.listen",
              "what is listened on is unix:PATH, or localhost or an address in digits, with a port",
              "such as 127.0.0.1:8181 or unix:/run/tokctl/tokctl.sock");
}

[[noreturn]] void fail_listening(std::string_view name, std::string_view why) {
  throw Error(Code::kUnavailable, "serve.listen",
              fmt::format("cannot listen on {}: {}", printable(name), why));
}

std::string_view reason(int error) {
  switch (error) {
    case EADDRINUSE:
      return "somebody else does";
    case EACCES:
    case EPERM:
      return "permission denied";
    case EADDRNOTAVAIL:
      return "it is no address of this machine";
    default:
      return "the system refused";
  }
}

bool is_loopback(const sockaddr_storage& address) {
  if (address.ss_family == AF_INET) {
    const auto& in = reinterpret_cast<const sockaddr_in&>(address);
    return (ntohl(in.sin_addr.s_addr) >> 24U) == 127;
  }
  if (address.ss_family != AF_INET6) return false;
  const auto& in6 = reinterpret_cast<const sockaddr_in6&>(address);
  return IN6_IS_ADDR_LOOPBACK(&in6.sin6_addr) != 0;
}

sockaddr_un unix_address(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof address.sun_path) {
    throw Error(
        Code::kUsage, "serve.listen",
        fmt::format("the path of a Unix socket has 1 to {} bytes", sizeof address.sun_path - 1));
  }
  path.copy(address.sun_path, path.size());
  return address;
}

// Whether it was left behind: it is a socket, and nobody listens.
bool is_left_behind(const std::string& path, const sockaddr_un& address) {
  struct stat status{};
  if (::lstat(path.c_str(), &status) != 0 || !S_ISSOCK(status.st_mode)) return false;
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return false;
  const bool refused =
      ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 &&
      errno == ECONNREFUSED;
  ::close(fd);
  return refused;
}

}  // namespace

Listener::Listener(Listener&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)),
      name_(std::move(other.name_)),
      public_(other.public_),
      path_(std::exchange(other.path_, {})),
      device_(other.device_),
      inode_(other.inode_) {}

Listener::~Listener() { close(); }

void Listener::close() {
  if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  struct stat status{};
  // Not another daemon's, which has taken the place meanwhile.
  if (!path_.empty() && ::lstat(path_.c_str(), &status) == 0 && status.st_dev == device_ &&
      status.st_ino == inode_)
    ::unlink(path_.c_str());
  path_.clear();
}

Listener Listener::on(std::string_view name, mode_t mode) {
  if (name.starts_with(kUnix)) return on_path(std::string(name.substr(kUnix.size())), mode);
  const auto colon = name.rfind(':');
  if (colon == std::string_view::npos) fail_name();
  std::string_view host = name.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
  } else if (host.find(':') != std::string_view::npos) {
    fail_name();
  }
  return on_address(host, name.substr(colon + 1), name);
}

Listener Listener::on_path(const std::string& path, mode_t mode) {
  const sockaddr_un address = unix_address(path);
  const std::string name = std::string(kUnix) + path;
  if (::access(folder_of(path).c_str(), W_OK | X_OK) != 0) fail_file("listen on", path, errno);
  // Of two that start at once, one finds the other's socket.
  const FileLock lock(path + ".lock");
  if (is_left_behind(path, address)) ::unlink(path.c_str());
  Listener listener(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  // Closed to everybody until it has its mode.
  const mode_t before = ::umask(0777);
  const bool bound =
      ::bind(listener.fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  const int error = errno;
  ::umask(before);
  if (!bound) fail_listening(name, reason(error));
  struct stat status{};
  if (::lstat(path.c_str(), &status) != 0) fail_listening(name, reason(errno));
  listener.path_ = path;
  listener.device_ = status.st_dev;
  listener.inode_ = status.st_ino;
  if (::listen(listener.fd_, kBacklog) != 0) fail_listening(name, reason(errno));
  if (::chmod(path.c_str(), mode) != 0) fail_listening(name, reason(errno));
  listener.learn_name();
  return listener;
}

Listener Listener::on_address(std::string_view host, std::string_view port, std::string_view name) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE;
  const std::string address(host == "localhost" ? "127.0.0.1" : host);
  addrinfo* found = nullptr;
  std::uint16_t number = 0;  // getaddrinfo takes more than there are ports
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), number);
  if (address.empty() || error != std::errc{} || end != port.data() + port.size() ||
      ::getaddrinfo(address.c_str(), std::to_string(number).c_str(), &hints, &found) != 0)
    fail_name();
  Listener listener(::socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const int on = 1;
  ::setsockopt(listener.fd_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (found->ai_family == AF_INET6)
    ::setsockopt(listener.fd_, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
  const bool listening = ::bind(listener.fd_, found->ai_addr, found->ai_addrlen) == 0 &&
                         ::listen(listener.fd_, kBacklog) == 0;
  const int refused = errno;
  ::freeaddrinfo(found);
  if (!listening) fail_listening(name, reason(refused));
  listener.learn_name();
  return listener;
}

Listener Listener::taken(int fd) {
  Listener listener(fd);
  int listening = 0;
  socklen_t size = sizeof listening;
  if (::getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &size) != 0 || listening == 0) {
    throw Error(Code::kUsage, "serve.socket",
                fmt::format("what was passed as descriptor {} is no socket that listens", fd),
                "a unit with ListenStream= and Accept=no");
  }
  ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) | O_NONBLOCK);
  listener.learn_name();
  return listener;
}

void Listener::learn_name() {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  if (::getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size) != 0) return;
  if (address.ss_family == AF_UNIX) {
    const auto& un = reinterpret_cast<const sockaddr_un&>(address);
    const std::size_t length = size - offsetof(sockaddr_un, sun_path);
    name_ = std::string(kUnix) + std::string(un.sun_path, ::strnlen(un.sun_path, length));
    public_ = false;
    return;
  }
  std::array<char, NI_MAXHOST> host{};
  std::array<char, NI_MAXSERV> port{};
  ::getnameinfo(reinterpret_cast<const sockaddr*>(&address), size, host.data(), host.size(),
                port.data(), port.size(), NI_NUMERICHOST | NI_NUMERICSERV);
  const std::string shown =
      address.ss_family == AF_INET6 ? fmt::format("[{}]", host.data()) : host.data();
  name_ = fmt::format("{}:{}", shown, port.data());
  public_ = !is_loopback(address);
}

}  // namespace tokctl::http
