// Telling the service manager how it goes: systemd's protocol, which is a datagram (sd_notify(3)).
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tokctl::http {

class ServiceManager {
 public:
  // Takes what systemd left in the environment, and takes it out of there: it is for this process
  // alone.
  ServiceManager();
  ServiceManager(const ServiceManager&) = delete;
  ServiceManager& operator=(const ServiceManager&) = delete;
  ~ServiceManager();

  // Sockets that are listening already, ours from now on; see sd_listen_fds(3).
  const std::vector<int>& sockets() const { return sockets_; }

  // "READY=1" and its like. Does nothing without a service manager.
  void tell(std::string_view state) const;
  // As `tell`, of a reload that begins now.
  void tell_reloading() const;

  // How often it wants to hear "WATCHDOG=1"; nothing: never.
  std::optional<std::chrono::microseconds> watchdog() const { return watchdog_; }

 private:
  int socket_ = -1;
  std::vector<int> sockets_;
  std::optional<std::chrono::microseconds> watchdog_;
};

}  // namespace tokctl::http
