// The daemon as a whole: from its first socket to its last answer.
#pragma once

#include "base/clock.h"
#include "base/config.h"
#include "base/random.h"
#include "http/library.h"

namespace tokctl::http {

// Serves until SIGTERM or SIGINT, then answers what was asked already and returns. SIGHUP opens
// the library anew and reads the certificate again. Tells systemd how it goes. Logs to standard
// error.
//
// Throws what cannot be served with: as Listener, Server and Library, Error(kUsage, "serve.public")
// for a socket that other machines reach without TLS.
void serve(const Library::Load& load, const ServeConfig& options, Clock& clock, Random& random);

}  // namespace tokctl::http
