#include "http/serve.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/context.h"
#include "cli/nouns.h"

namespace tokctl::cli {
namespace {

struct ServeCommand {
  std::vector<std::string> listen;
  bool insecure = false;
  std::optional<std::string> socket_mode, tls_certificate, tls_key, cookie, connections_max,
      threads, log_level;
};

int serve(Context& context, const ServeCommand& command) {
  context.refuse_fields();
  Flags& flags = context.flags();
  flags.socket_mode = command.socket_mode;
  flags.tls_certificate = command.tls_certificate;
  flags.tls_key = command.tls_key;
  flags.cookie = command.cookie;
  flags.connections_max = command.connections_max;
  flags.threads = command.threads;
  flags.log_level = command.log_level;
  ServeConfig options = context.config().serve;
  if (!command.listen.empty()) options.listen = command.listen;
  if (command.insecure) options.insecure = true;
  // A daemon that finds nothing at its place was told the wrong place.
  context.never_create();
  const auto load = [&context] {
    context.forget_config();
    Config config = context.config();
    config.actor = "serve";
    return config;
  };
  http::serve(load, options, context.clock(), context.random());
  return 0;
}

}  // namespace

void add_serve(Command& command) {
  auto options = std::make_shared<ServeCommand>();
  command
      .texts("--listen", "ADDRESS", options->listen,
             "Where, as unix:PATH or HOST:PORT; may be given several times")
      .text("--socket-mode", "MODE", options->socket_mode, "Mode of a Unix socket; 0660 otherwise")
      .text("--tls-cert", "FILE", options->tls_certificate, "Certificate chain, in PEM")
      .text("--tls-key", "FILE", options->tls_key, "Its private key, in PEM")
      .flag("--insecure", options->insecure, "Serve other machines without TLS")
      .text("--cookie", "NAME", options->cookie, "A cookie whose value is taken for a token")
      .text("--max-connections", "N", options->connections_max,
            "Connections at a time; 2048 otherwise")
      .text("--threads", "N", options->threads,
            "Threads that serve connections; 0, half the processors, otherwise")
      .text("--log-level", "error|warning|info|debug", options->log_level,
            "What is logged, on standard error; info otherwise")
      .recorded()
      .describe("Answers web servers over HTTP whether a token is valid, until SIGTERM.")
      .example("  tokctl serve --listen unix:/run/tokctl/tokctl.sock")
      .run([options](Context& context) { return serve(context, *options); });
}

}  // namespace tokctl::cli
