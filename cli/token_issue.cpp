#include <fmt/core.h>

#include <memory>

#include "base/error.h"
#include "base/time_text.h"
#include "cli/output_file.h"
#include "cli/progress.h"
#include "cli/schema.h"
#include "cli/token.h"
#include "cli/token_input.h"
#include "cli/writer.h"

namespace tokctl::cli {
namespace {

struct IssueOptions {
  std::string user;
  std::optional<std::string> type;
  std::optional<std::string> ttl;
  std::optional<std::string> source;
  std::optional<std::string> name;
  std::vector<std::string> scopes;
  std::optional<std::string> info;
  std::optional<std::string> idle;
  std::optional<std::int64_t> count;
  std::optional<std::string> secret_out;
  bool reuse = false;
  bool single = false;
};

const Schema& issued_schema() {
  static const Schema kSchema = [] {
    Schema schema = with(token_schema(), {{.name = "token"},
                                          {.name = "reused"},
                                          {.name = "sessions_revoked"},
                                          {.name = "changed"},
                                          {.name = "dry_run"}});
    schema.raw = "token";
    return schema;
  }();
  return kSchema;
}

// An option that says something about the other type is a mistake, not to be passed over.
void refuse(std::string_view type,
            std::initializer_list<std::pair<std::string_view, bool>> options) {
  for (const auto& [name, given] : options) {
    if (!given) continue;
    throw Error(Code::kUsage, "usage.options", fmt::format("{} goes with --type {}", name, type),
                "tokctl token issue --help");
  }
}

// Where the credentials go: standard output, or with --secret-out a file and nowhere else.
class Issued {
 public:
  Issued(Context& context, const std::optional<std::string>& path)
      : context_(context), elsewhere_(path), out_(context, issued_schema(), Format::kRaw) {
    if (path && !context.dry_run()) file_.emplace(*path);
  }

  // Once something is in the database and stays there.
  void committed(bool changed, const std::string& what) {
    context_.committed(changed, what);
    if (file_ && changed) file_->sink().committed(what);
  }

  void one(const TokenInfo& info, const SecretString& token, const auth::IssuedWeb* web) {
    put(token);
    finish();
    if (shown()) out_.object(row(info, token, web));
  }

  void each(const TokenInfo& info, const SecretString& token) {
    put(token);
    if (shown()) out_.row(row(info, token, nullptr));
  }
  void end() {
    finish();
    if (shown()) out_.end();
  }

 private:
  bool shown() const { return !elsewhere_ || context_.globals().format; }

  void put(const SecretString& token) {
    if (!file_) return;
    file_->sink().append(token.reveal());
    file_->sink().append("\n");
  }
  void finish() {
    if (file_) file_->finish();
  }

  Row row(const TokenInfo& info, const SecretString& token, const auth::IssuedWeb* web) {
    const bool reused = web != nullptr && web->reused;
    return with(token_row(info, context_.clock().now()),
                {elsewhere_ ? Value(Omitted()) : Value(&token), reused,
                 web != nullptr ? web->sessions_revoked : 0, !reused, context_.dry_run()});
  }

  Context& context_;
  const bool elsewhere_;
  Writer out_;
  std::optional<OutputFile> file_;
};

int issue_web(Context& context, const IssueOptions& options) {
  refuse("api", {{"--name", options.name.has_value()},
                 {"--scope", !options.scopes.empty()},
                 {"--info", options.info.has_value()},
                 {"--idle", options.idle.has_value()},
                 {"--count", options.count.has_value()}});
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
  out.one(info, issued.token, &issued);
  return 0;
}

int issue_api(Context& context, const IssueOptions& options) {
  refuse("web", {{"--source", options.source.has_value()},
                 {"--reuse", options.reuse},
                 {"--single", options.single}});
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
    out.one(issued.info, issued.token, nullptr);
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
  return token_type(options.type).value_or(TokenType::kWeb) == TokenType::kApi
             ? issue_api(context, options)
             : issue_web(context, options);
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
  Issued out(context, options.secret_out);
  const TokenInfo old = named_token(context, options.name);
  const auth::RotatedApi rotated = context.tokctl().tokens().rotate(old.id, rotation);
  out.committed(true, fmt::format("token {} was replaced by {}", old.id, rotated.info.id));
  out.one(rotated.info, rotated.token, nullptr);
  return 0;
}

}  // namespace

void add_token_issue(Command& command) {
  auto options = std::make_shared<IssueOptions>();
  command.argument("USER", options->user, "Email or PublicID")
      .choice("--type", kTokenTypes, options->type, kTokenTypeHelp)
      .text("--ttl", "TIME", options->ttl,
            "When it ends: 12h, 2026-12-31T23:59:59Z, @1767225599 or never")
      .text("--source", "NAME", options->source, "Where the login comes from; web only")
      .flag("--reuse", options->reuse,
            "The newest live session's token again, if there is one; web only")
      .flag("--single", options->single,
            "End the user's other sessions of this kind and source; web only")
      .text("--name", "NAME", options->name, "What to call it; api only")
      .texts("--scope", "SCOPE", options->scopes,
             "What it may be used for; may be repeated; api only")
      .text("--info", "JSON", options->info, "An object that validation gives back; api only")
      .text("--idle", "DURATION", options->idle,
            "It ends when it is not used for so long; api only")
      .number("--count", "N", 1, 1'000'000'000, options->count,
              "So many alike, a line each; api only")
      .text("--secret-out", "FILE", options->secret_out,
            "Write the token to a new file of mode 0600")
      .mutation()
      .describe("Prints the token: this once, and nowhere else.")
      .example(
          "  TOKEN=$(tokctl token issue bill@ardanlabs.com --ttl 365d)\n"
          "  KEY=$(tokctl token issue bill@ardanlabs.com --type api --name ci --scope read --ttl "
          "90d)")
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
      .describe("Prints the new API token, which works at once: this once, and nowhere else.")
      .example("  tokctl token rotate 9b2e1c55-7d3a-4f0e-8c61-2a5b90d4e7f1 --overlap 24h")
      .run([options](Context& context) { return rotate(context, *options); });
}

}  // namespace tokctl::cli
