// The daemon as a whole: from its first socket to its last answer.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "http/library.h"
#include "http/log.h"
#include "http/routes.h"

namespace tokctl::http {

inline constexpr std::string_view kDefaultListen = "127.0.0.1:8181";

struct ServeOptions {
  // As Listener::on takes them. None: the sockets that systemd passed or, without any,
  // kDefaultListen.
  std::vector<std::string> listen;
  mode_t socket_mode = 0660;
  std::string tls_certificate, tls_key;  // files of PEM; both or neither
  bool insecure = false;                 // other machines may connect without TLS
  std::size_t connections_max = 2048;
  LogLevel log_level = LogLevel::kInfo;
  RouteOptions routes;
};

// Serves until SIGTERM or SIGINT, then answers what was asked already and returns. SIGHUP opens
// the library anew. Tells systemd how it goes. Logs to standard error.
//
// Throws what cannot be served with: as Listener, Server and Library, Error(kUsage, "serve.public")
// for a socket that other machines reach without TLS.
void serve(const Library::Load& load, const ServeOptions& options, Clock& clock, Random& random);

}  // namespace tokctl::http
