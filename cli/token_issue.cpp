#include <fmt/core.h>

#include <memory>

#include "base/error.h"
#include "base/time_text.h"
#include "cli/progress.h"
#include "cli/token.h"
#include "cli/token_input.h"
#include "cli/token_issued.h"
#include "model/opaque_token.h"
#include "model/verification_token.h"

namespace tokctl::cli {
namespace {

int issue_web(Context& context, const IssueOptions& options) {
  refuse_api_options(options);
  refuse_jwt_options(options);
  refuse_verify_options(options);
  const UserRef ref = parse_user_ref(options.user);
  const auth::IssueWeb request{
      .expires_at = options.ttl ? expiry_of(context, *options.ttl)
                                : context.clock().now() + context.loaded().config.policy.web_ttl,
      .source = options.source.value_or(""),
      .single = options.single,
      .reuse = options.reuse};
  Issued out(context, options.secret_out);
  const auth::IssuedWeb issued = context.tokctl().tokens().issue_web(ref, request);
  out.committed(!issued.reused, fmt::format("session {} was created", issued.session.session_id));
  TokenInfo info = info_of(issued.session);
  info.email = issued.user.email;
  out.one(info, issued.token,
          {.reused = issued.reused, .sessions_revoked = issued.sessions_revoked});
  return 0;
}

int issue_api(Context& context, const IssueOptions& options) {
  refuse("web or jwt", {{"--source", options.source.has_value()}, {"--single", options.single}});
  refuse_web_options(options);
  refuse_jwt_options(options);
  refuse_verify_options(options);
  const UserRef ref = parse_user_ref(options.user);
  auth::IssueApi request{
      .name = options.name.value_or(""),
      .scopes = options.scopes,
      .info = options.info.value_or("{}"),
      .expires_at = options.ttl ? expiry_of(context, *options.ttl) : std::nullopt,
      .idle = {}};
  if (options.idle) {
    request.idle = parse_duration(*options.idle);
    if (!request.idle)
      throw Error(Code::kUsage, "usage.duration", "--idle takes a time such as 12h or 30d");
  }
  Issued out(context, options.secret_out);
  auth::Tokens& tokens = context.tokctl().tokens();
  if (!options.count) {
    const auth::IssuedApi issued = tokens.issue_api(ref, request);
    out.committed(true, fmt::format("token {} was issued", issued.info.id));
    out.one(issued.info, issued.token);
    return 0;
  }

  ProgressBar bar(context, "tokens");
  std::string owner;
  tokens.issue_api_many(
      ref, request, *options.count,
      [&](const SecretString& token, const TokenInfo& info) {
        if (owner.empty()) {
          owner = info.public_id;
          out.committed(true, fmt::format("tokens of user {} were issued", owner));
        }
        out.each(info, token);
      },
      bar.progress());
  bar.clear();
  out.end();
  return 0;
}

int issue(Context& context, const IssueOptions& options) {
  switch (token_type(options.type).value_or(TokenType::kWeb)) {
    case TokenType::kApi:
      return issue_api(context, options);
    case TokenType::kJwt:
      return issue_jwt(context, options);
    case TokenType::kRefresh:
      return issue_refresh(context, options);
    case TokenType::kVerify:
      return issue_verify(context, options);
    case TokenType::kWeb:
      break;
  }
  return issue_web(context, options);
}

struct RotateOptions {
  std::optional<std::string> name;
  std::optional<std::string> overlap;
  std::optional<std::string> ttl;
  std::optional<std::string> secret_out;
};

int rotate(Context& context, const RotateOptions& options) {
  auth::Rotation rotation{.overlap = std::chrono::hours(24)};
  if (options.overlap) {
    const auto overlap = *options.overlap == "0" ? Seconds(0) : parse_duration(*options.overlap);
    if (!overlap) {
      throw Error(Code::kUsage, "usage.duration",
                  "--overlap takes 0 or a time such as 90m, 12h or 7d");
    }
    rotation.overlap = *overlap;
  }
  if (options.ttl) {
    rotation.same_lifetime = false;
    rotation.expires_at = expiry_of(context, *options.ttl);
  }
  TokenInfo old;
  if (is_token_input(options.name)) {
    const SecretString text = read_token(context);
    if (parse_opaque_token(text.reveal()) == TokenType::kRefresh) {
      if (options.overlap || options.ttl) {
        throw Error(Code::kUsage, "usage.options", "--overlap and --ttl go with an API token",
                    "tokctl token rotate --help");
      }
      return exchange_refresh(context, text, options.secret_out);
    }
    old = identify_token(context, text);
  } else {
    old = named_token(context, options.name);
  }
  if (old.type != TokenType::kApi) {
    throw Error(Code::kUsage, "token.type",
                "an API token is rotated, or a refresh token given on standard input");
  }
  Issued out(context, options.secret_out);
  const auth::RotatedApi rotated = context.tokctl().tokens().rotate(old.id, rotation);
  out.committed(true, fmt::format("token {} was replaced by {}", old.id, rotated.info.id));
  out.one(rotated.info, rotated.token);
  return 0;
}

}  // namespace

void add_token_issue(Command& command) {
  auto options = std::make_shared<IssueOptions>();
  command.argument("USER", options->user, "Email or PublicID")
      .choice("--type", kTokenTypes, options->type, kTokenTypeHelp)
      .text("--ttl", "TIME", options->ttl,
            "When it ends: 12h, 2026-12-31T23:59:59Z, @1767225599 or never")
      .text("--source", "NAME", options->source,
            "Where the login comes from; web, jwt and refresh only")
      .flag("--reuse", options->reuse,
            "The newest live session's token again, if there is one; web only")
      .flag("--single", options->single, "End the user's other sessions of this kind and source")
      .text("--name", "NAME", options->name, "What to call it; api only")
      .texts("--scope", "SCOPE", options->scopes,
             "What it may be used for; may be repeated; api only")
      .text("--info", "JSON", options->info, "An object that validation gives back; api only")
      .text("--idle", "DURATION", options->idle,
            "It ends when it is not used for so long; api only")
      .number("--count", "N", 1, 1'000'000'000, options->count,
              "So many alike, a line each; api only")
      .texts("--role", "ROLE", options->roles,
             "Role instead of the user's; may be repeated; jwt and refresh only")
      .texts("--aud", "NAME", options->audience,
             "Whom it is for; may be repeated; jwt and refresh only")
      .texts("--claim", "NAME=VALUE", options->claims,
             "What else it says; may be repeated; jwt and refresh only")
      .choice("--alg", kAlgorithms, options->algorithm, "What signs it; jwt and refresh only")
      .flag("--with-refresh", options->with_refresh, "A refresh token with it; jwt only")
      .text("--refresh-ttl", "DURATION", options->refresh_ttl,
            "How long refreshing goes on; with --with-refresh")
      .text("--purpose", "PURPOSE", options->purpose,
            "What it proves, such as password_reset; verify only")
      .number("--code", "DIGITS", kCodeMin, kCodeMax, options->code,
              "A short code of so many digits instead; verify only")
      .text("--secret-out", "FILE", options->secret_out,
            "Write the token to a new file of mode 0600")
      .mutation()
      .describe("Prints the token: this once, and nowhere else.")
      .example(
          "  TOKEN=$(tokctl token issue bill@ardanlabs.com --ttl 365d)\n"
          "  KEY=$(tokctl token issue bill@ardanlabs.com --type api --name ci --scope read --ttl "
          "90d)\n"
          "  JWT=$(tokctl token issue bill@ardanlabs.com --type jwt --role admin --aud api)\n"
          "  CODE=$(tokctl token issue bill@ardanlabs.com --type verify --purpose password_reset)")
      .run([options](Context& context) { return issue(context, *options); });
}

void add_token_rotate(Command& command) {
  auto options = std::make_shared<RotateOptions>();
  command.optional_argument("TOKEN", options->name, "Public id; - for the token on standard input")
      .text("--overlap", "DURATION", options->overlap,
            "How long the old one goes on beside it: 24h unless given, or 0")
      .text("--ttl", "TIME", options->ttl,
            "When the new one ends; else it lives as long as the old")
      .text("--secret-out", "FILE", options->secret_out,
            "Write the token to a new file of mode 0600")
      .mutation()
      .describe(
          "Prints the new API token, which works at once: this once, and nowhere else.\n"
          "A refresh token, which is given on standard input, is exchanged for a JWT and the next\n"
          "refresh token, a line each.")
      .example("  tokctl token rotate 9b2e1c55-7d3a-4f0e-8c61-2a5b90d4e7f1 --overlap 24h")
      .run([options](Context& context) { return rotate(context, *options); });
}

}  // namespace tokctl::cli
