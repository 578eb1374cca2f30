#include <fmt/core.h>
#include <unistd.h>

#include <memory>

#include "base/error.h"
#include "base/time_text.h"
#include "cli/input.h"
#include "cli/message.h"
#include "cli/oauth_grant.h"
#include "cli/terminal.h"
#include "cli/writer.h"
#include "oauth/loopback.h"

namespace tokctl::cli {
namespace {

constexpr Seconds kWait = std::chrono::minutes(5);

struct LoginOptions {
  GrantOptions grant;
  std::optional<std::string> scope, redirect_uri, wait;
  std::optional<std::int64_t> port;
  bool device = false;
  bool client_credentials = false;
  bool url_stdin = false;
};

// Nobody would see what to do, and a script would hang for minutes.
void check_somebody_is_there(Context& context, const LoginOptions& options) {
  if (options.wait || (!context.globals().no_input && somebody_is_there())) return;
  throw Error(Code::kUsage, "oauth.nobody_there",
              "a person has to authorize this, and nobody is at the terminal",
              "--wait 5m waits for somebody elsewhere; --client-credentials needs nobody");
}

Seconds wait_of(const LoginOptions& options) {
  if (!options.wait) return kWait;
  const auto wait = parse_duration(*options.wait);
  if (!wait || *wait > std::chrono::hours(1)) {
    throw Error(Code::kUsage, "usage.duration", "--wait takes a time such as 5m, at most 1h");
  }
  return *wait;
}

OAuthGrant by_loopback(Context& context, const LoginOptions& options) {
  check_somebody_is_there(context, options);
  const Seconds wait = wait_of(options);
  oauth::Loopback loopback(static_cast<std::uint16_t>(options.port.value_or(0)));
  auto& login = context.tokctl().oauth().login();
  const auto started =
      login.start(options.grant.ref(), loopback.redirect_uri(), options.scope.value_or(""));
  say(fmt::format("Open this in a browser on this machine:\n\n  {}\n\n", started.url));
  const auto query = loopback.wait(
      wait, [&](std::string_view text) { return oauth::Login::answers(started, text); });
  if (!query) {
    throw Error(Code::kReauthorize, "oauth.expired", "nobody authorized this in time",
                "wait longer with --wait");
  }
  return login.finish(started, *query);
}

OAuthGrant by_pasted_url(Context& context, const LoginOptions& options) {
  if (!options.url_stdin && (context.globals().no_input || !somebody_is_there())) {
    throw Error(Code::kUsage, "oauth.nobody_there",
                "the URL has to be pasted, and nobody is at the terminal",
                "--url-stdin reads it from standard input");
  }
  auto& login = context.tokctl().oauth().login();
  const auto started =
      login.start(options.grant.ref(), *options.redirect_uri, options.scope.value_or(""));
  say(
      fmt::format("Open this in a browser:\n\n  {}\n\n"
                  "and then paste the whole address that it ends at.\n",
                  started.url));
  // Without echo: the code in it is good for a token.
  const SecretString url = options.url_stdin
                               ? SecretString(LineReader(STDIN_FILENO, 8192).next().value_or(""))
                               : ask_secret("Address");
  return login.finish_with_url(started, url.reveal());
}

OAuthGrant by_device(Context& context, const LoginOptions& options) {
  check_somebody_is_there(context, options);
  auto& login = context.tokctl().oauth().login();
  auto started = login.start_device(options.grant.ref(), options.scope.value_or(""));
  if (options.wait) started.codes.expires_in = std::min(started.codes.expires_in, wait_of(options));
  say(fmt::format("On any device, go to\n\n  {}\n\nand enter the code\n\n  {}\n\n",
                  started.codes.verification_uri, started.codes.user_code));
  return login.finish(started);
}

int login(Context& context, const LoginOptions& options) {
  Writer out(context, grant_schema(), Format::kTable);
  if (int{options.device} + int{options.client_credentials} +
          int{options.redirect_uri.has_value()} >
      1) {
    throw Error(Code::kUsage, "usage.argument",
                "give only one of --device, --redirect-uri and --client-credentials");
  }
  check_grant_ref(options.grant.ref());
  const OAuthGrant grant = options.client_credentials
                               ? context.tokctl().oauth().login().client_credentials(
                                     options.grant.ref(), options.scope.value_or(""))
                           : options.device       ? by_device(context, options)
                           : options.redirect_uri ? by_pasted_url(context, options)
                                                  : by_loopback(context, options);
  context.committed(true, fmt::format("grant {} was saved", grant.id));
  out.object(grant_row(grant));
  return 0;
}

}  // namespace

void add_oauth_login(Command& command) {
  auto options = std::make_shared<LoginOptions>();
  add_grant_options(command, options->grant);
  command.text("--scope", "SCOPE", options->scope, "What to ask for, instead of the provider's")
      .flag("--device", options->device, "Authorize on another device, by a code")
      .flag("--client-credentials", options->client_credentials,
            "For the client itself: nobody has to authorize it")
      .text("--redirect-uri", "URL", options->redirect_uri,
            "Lead the browser there, and ask for the address it ends at")
      .flag("--url-stdin", options->url_stdin, "Read that address from standard input")
      .number("--port", "PORT", 1, 65535, options->port,
              "Port of this machine that the browser is led back to; any, without")
      .text("--wait", "DURATION", options->wait,
            "How long to wait for the person (5m); needed without a terminal")
      .recorded()
      .describe(
          "Without --device, --redirect-uri or --client-credentials, prints an address to open\n"
          "in a browser on this machine and waits until it is led back here.")
      .example(
          "  tokctl oauth login alice --provider google\n"
          "  tokctl oauth login alice --provider google --device")
      .run([options](Context& context) { return login(context, *options); });
}

}  // namespace tokctl::cli
