// HTTP by libmicrohttpd: connections, bounds, threads. What is answered is the routes' business.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "base/secret.h"
#include "http/certificate.h"
#include "http/connections.h"
#include "http/listener.h"
#include "http/log.h"
#include "http/routes.h"
#include "http/workers.h"

struct MHD_Connection;

namespace tokctl::http {

struct ServerOptions {
  std::size_t connections_max = 2048;
  std::size_t threads = 0;  // that serve the connections of each listener; 0: as this machine bears
  SecretString tls_certificate, tls_key;  // PEM; both empty: no TLS
};

class Server {
 public:
  // Serves on each listener from now on. Throws Error(kUnavailable, "serve.start"), and as
  // Certificate.
  Server(std::vector<Listener> listeners, const ServerOptions& options, Routes& routes,
         Metrics& metrics, Clock& clock, Random& random, Log& log);
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  // Cuts off whoever is still connected.
  ~Server();

  // Nobody can connect any more; what is asked is answered, and the connection closed with it.
  void stop_listening();
  // How many requests are being answered.
  std::int64_t busy() const { return busy_; }
  // Shows another certificate to whoever connects from now on; for a server that had one. Throws
  // as Certificate, and everything stays as it is.
  void take_certificate(const SecretString& chain, const SecretString& key);
  // To be called all the time: ends what takes too long.
  void look_after() { connections_.end_overdue(); }

 private:
  struct Exchange;
  struct Calls;  // libmicrohttpd's, each noexcept
  struct Daemon;

  void take_headers(MHD_Connection* connection, Exchange& exchange);
  // False when it is answered later: the exchange then belongs to whoever does.
  bool answer(MHD_Connection* connection, Exchange& exchange);
  void answer_later(MHD_Connection* connection, Exchange& exchange, Lane lane);
  template <typename Work>
  Answer guarded(const Exchange& exchange, const Work& work) noexcept;
  Response failed(const Exchange& exchange, const std::exception& error);
  int send(MHD_Connection* connection, Exchange& exchange);
  void finish(const Exchange& exchange, Clock::Steady now);
  void show_certificate(MHD_Connection* connection, Connections::Visitor& visitor);
  Connections::Visitor& visitor(MHD_Connection* connection) const;
  std::string request_id(const Request& request);

  Routes& routes_;
  Metrics& metrics_;
  Clock& clock_;
  Log& log_;
  const std::string run_id_;  // what our request ids begin with
  std::atomic<std::uint64_t> requests_{0};
  std::atomic<std::int64_t> busy_{0};
  std::atomic<bool> stopping_{false};
  Connections connections_;
  std::mutex certificate_mutex_;
  std::shared_ptr<const Certificate> certificate_;  // null: no TLS
  std::vector<Listener> listeners_;
  std::array<std::unique_ptr<Workers>, kLanes> lanes_;
  std::vector<std::unique_ptr<Daemon>> daemons_;
};

}  // namespace tokctl::http
