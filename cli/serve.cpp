#include "http/serve.h"

#include <memory>
#include <optional>
#include <string>

#include "base/error.h"
#include "cli/context.h"
#include "cli/nouns.h"
#include "http/message.h"

namespace tokctl::cli {
namespace {

constexpr const char* kLevels = "error|warning|info|debug";

struct ServeCommand {
  http::ServeOptions serve;
  std::optional<std::string> tls_certificate, tls_key, cookie;
  std::optional<std::int64_t> connections_max;
};

mode_t parse_mode(const std::string& text) {
  const bool digits = text.find_first_not_of("01234567") == std::string::npos;
  if (!digits || text.size() < 3 || text.size() > 4 || (text.size() == 4 && text[0] != '0')) {
    throw Error(Code::kUsage, "usage.mode", "--socket-mode takes a mode such as 0660");
  }
  return static_cast<mode_t>(std::stoul(text, nullptr, 8));
}

http::LogLevel parse_level(const std::string& text) {
  check_choice("--log-level", kLevels, text);
  if (text == "error") return http::LogLevel::kError;
  if (text == "warning") return http::LogLevel::kWarning;
  return text == "debug" ? http::LogLevel::kDebug : http::LogLevel::kInfo;
}

// RFC 6265 §4.1.1: a token of HTTP.
std::string parse_cookie(const std::string& name) {
  if (!http::is_token(name))
    throw Error(Code::kUsage, "usage.cookie", "--cookie takes the name of a cookie");
  return name;
}

int serve(Context& context, const ServeCommand& command) {
  context.refuse_fields();
  http::ServeOptions options = command.serve;
  options.tls_certificate = command.tls_certificate.value_or("");
  options.tls_key = command.tls_key.value_or("");
  if (command.cookie) options.routes.cookie = parse_cookie(*command.cookie);
  if (command.connections_max)
    options.connections_max = static_cast<std::size_t>(*command.connections_max);
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
      .texts("--listen", "ADDRESS", options->serve.listen,
             "Where, as unix:PATH or HOST:PORT; may be given several times")
      .value(
          "--socket-mode", "MODE",
          [options](const std::string& text) { options->serve.socket_mode = parse_mode(text); },
          "Mode of a Unix socket; 0660 otherwise")
      .text("--tls-cert", "FILE", options->tls_certificate, "Certificate chain, in PEM")
      .text("--tls-key", "FILE", options->tls_key, "Its private key, in PEM")
      .flag("--insecure", options->serve.insecure, "Serve other machines without TLS")
      .text("--cookie", "NAME", options->cookie, "A cookie whose value is taken for a token")
      .number("--max-connections", "N", 16, 100'000, options->connections_max,
              "Connections at a time; 2048 otherwise")
      .value(
          "--log-level", kLevels,
          [options](const std::string& text) { options->serve.log_level = parse_level(text); },
          "What is logged, on standard error; info otherwise")
      .recorded()
      .describe("Answers web servers over HTTP whether a token is valid, until SIGTERM.")
      .example("  tokctl serve --listen unix:/run/tokctl/tokctl.sock")
      .run([options](Context& context) { return serve(context, *options); });
}

}  // namespace tokctl::cli
