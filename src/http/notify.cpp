#include "http/notify.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "base/config.h"

namespace tokctl::http {
namespace {

constexpr int kFirstSocket = 3;  // SD_LISTEN_FDS_START
constexpr std::int64_t kSocketsMax = 16;

// Of the variable, which is taken out of the environment; nothing unless it is a whole number.
std::optional<std::int64_t> take_number(const char* variable) {
  const std::string text = system_environment()(variable).value_or("");
  ::unsetenv(variable);
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// A socket of the file system, or an abstract one, whose name begins with `@`.
int connect_to(const std::string& name) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (name.size() < 2 || name.size() >= sizeof address.sun_path) return -1;
  if (name[0] != '/' && name[0] != '@') return -1;
  name.copy(address.sun_path, name.size());
  if (name[0] == '@') address.sun_path[0] = '\0';
  const int fd = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
  if (fd >= 0 && ::connect(fd, reinterpret_cast<const sockaddr*>(&address), size) == 0) return fd;
  if (fd >= 0) ::close(fd);
  return -1;
}

}  // namespace

ServiceManager::ServiceManager() {
  const auto count = take_number("LISTEN_FDS");
  if (take_number("LISTEN_PID") == ::getpid() && count && *count <= kSocketsMax) {
    for (int fd = kFirstSocket; fd < kFirstSocket + *count; ++fd) {
      ::fcntl(fd, F_SETFD, FD_CLOEXEC);
      sockets_.push_back(fd);
    }
  }
  ::unsetenv("LISTEN_FDNAMES");

  const auto watched = take_number("WATCHDOG_PID");
  const auto every = take_number("WATCHDOG_USEC");
  if (every && *every > 0 && (!watched || *watched == ::getpid()))
    watchdog_ = std::chrono::microseconds(*every);

  socket_ = connect_to(system_environment()("NOTIFY_SOCKET").value_or(""));
  ::unsetenv("NOTIFY_SOCKET");
}

ServiceManager::~ServiceManager() {
  if (socket_ >= 0) ::close(socket_);
}

void ServiceManager::tell(std::string_view state) const {
  // Nobody has to listen: a manager that is gone is no reason to stop.
  if (socket_ >= 0)
    static_cast<void>(::send(socket_, state.data(), state.size(), MSG_NOSIGNAL | MSG_DONTWAIT));
}

void ServiceManager::tell_reloading() const {
  timespec now{};
  static_cast<void>(::clock_gettime(CLOCK_MONOTONIC, &now));  // cannot fail
  tell(fmt::format("RELOADING=1\nMONOTONIC_USEC={}",
                   std::int64_t{now.tv_sec} * 1'000'000 + now.tv_nsec / 1000));
}

}  // namespace tokctl::http
