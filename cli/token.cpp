#include <fmt/core.h>
#include <unistd.h>

#include <memory>

#include "base/error.h"
#include "base/time_text.h"
#include "base/uuid.h"
#include "cli/context.h"
#include "cli/input.h"
#include "cli/listing.h"
#include "cli/nouns.h"
#include "cli/output_file.h"
#include "cli/schema.h"
#include "cli/session_query.h"
#include "cli/token_input.h"
#include "cli/writer.h"
#include "model/web_token.h"

namespace tokctl::cli {
namespace {

constexpr const char* kTypes = "web|api|jwt|refresh|verify";

void check_type(const std::optional<std::string>& type) {
  if (!type || token_type_from(*type) == TokenType::kWeb) return;
  throw Error(Code::kUsage, "token.type",
              fmt::format("tokens of type {} are not part of this version", *type), "--type web");
}

struct IssueOptions {
  std::string user;
  std::optional<std::string> type;
  std::optional<std::string> ttl;
  std::optional<std::string> source;
  std::optional<std::string> secret_out;
  bool reuse = false;
  bool single = false;
};

const Schema& issued_schema() {
  static const Schema kSchema = [] {
    Schema schema = with(token_schema(), {{.name = "username"},
                                          {.name = "token"},
                                          {.name = "reused"},
                                          {.name = "sessions_revoked"},
                                          {.name = "changed"},
                                          {.name = "dry_run"}});
    schema.raw = "token";
    return schema;
  }();
  return kSchema;
}

std::optional<Time> expiry(Context& context, const std::optional<std::string>& ttl) {
  const Time now = context.clock().now();
  if (!ttl) return now + context.loaded().config.policy.web_ttl;
  if (*ttl == "never") return std::nullopt;
  const auto moment = parse_moment(*ttl, now);
  if (!moment) {
    throw Error(Code::kUsage, "usage.time",
                "--ttl takes a time such as 12h, 2026-12-31T23:59:59Z, @1767225599 or never");
  }
  return moment;
}

int issue(Context& context, const IssueOptions& options) {
  Writer out(context, issued_schema(), Format::kRaw);
  check_type(options.type);
  const UserRef ref = parse_user_ref(options.user);
  const auth::IssueWeb request{.expires_at = expiry(context, options.ttl),
                               .source = options.source.value_or(""),
                               .single = options.single,
                               .reuse = options.reuse};
  std::optional<OutputFile> file;
  if (options.secret_out && !context.dry_run()) file.emplace(*options.secret_out);

  const auth::IssuedWeb issued = context.tokctl().tokens().issue_web(ref, request);
  const std::string done = fmt::format("session {} was created", issued.session.session_id);
  context.committed(!issued.reused, done);
  if (file) {
    if (!issued.reused) file->sink().committed(done);
    file->sink().append(issued.token.reveal());
    file->sink().append("\n");
    file->finish();
  }

  // With --secret-out the credential is in the file and nowhere else; the rest is shown if asked
  // for.
  const bool elsewhere = options.secret_out.has_value();
  if (elsewhere && !context.globals().format) return 0;
  out.object(with(token_row(issued.session, context.clock().now()),
                  {issued.user.email, elsewhere ? Value(Omitted()) : Value(&issued.token),
                   issued.reused, issued.sessions_revoked, !issued.reused, context.dry_run()}));
  return 0;
}

void add_issue(Command& command) {
  auto options = std::make_shared<IssueOptions>();
  command.argument("USER", options->user, "Email or PublicID")
      .choice("--type", kTypes, options->type, "Kind of token: web, the only one of this version")
      .text("--ttl", "TIME", options->ttl,
            "When it ends: 12h, 2026-12-31T23:59:59Z, @1767225599 or never")
      .text("--source", "NAME", options->source, "Where the login comes from")
      .flag("--reuse", options->reuse, "The newest live session's token again, if there is one")
      .flag("--single", options->single, "End the user's other sessions of this kind and source")
      .text("--secret-out", "FILE", options->secret_out,
            "Write the token to a new file of mode 0600")
      .mutation()
      .describe("Prints the token: this once, and nowhere else.")
      .example("  TOKEN=$(tokctl token issue bill@ardanlabs.com --ttl 365d)")
      .run([options](Context& context) { return issue(context, *options); });
}

struct TokenListOptions {
  SessionListOptions sessions;
  std::optional<std::string> type;
};

int list(Context& context, const TokenListOptions& options) {
  Writer out(context, token_schema(), Format::kTable);
  check_type(options.type);
  auth::SessionQuery query = session_query(context, options.sessions);
  query.kind = SessionKind::kWeb;
  const Time now = context.clock().now();
  return print_sessions(context, out, options.sessions, query,
                        [now](const Session& session) { return token_row(session, now); });
}

void add_list(Command& command) {
  auto options = std::make_shared<TokenListOptions>();
  command.choice("--type", kTypes, options->type,
                 "Kind of token: web, the only one of this version");
  add_session_list_options(command, options->sessions, "state|user");
  command.describe("The oldest first, and never the credentials.")
      .example("  tokctl token list --user bill@ardanlabs.com --expiring-within 7d -o json")
      .run([options](Context& context) { return list(context, *options); });
}

struct NamedToken {
  std::optional<std::string> name;
  std::optional<std::string> type;
};

int get(Context& context, const NamedToken& options) {
  Writer out(context, token_schema(), Format::kTable);
  check_type(options.type);
  std::string id;
  if (is_token_input(options.name)) {
    const auto token = parse_web_token(read_token(context).reveal());
    if (!token) throw Error(Code::kCredential, "token.invalid", "this is not a token");
    id = token->session_id;
  } else {
    id = *options.name;
    check_token_id(id);
  }
  out.object(token_row(context.tokctl().sessions().get(id), context.clock().now()));
  return 0;
}

void add_get(Command& command) {
  auto options = std::make_shared<NamedToken>();
  command.optional_argument("TOKEN", options->name, "Public id; - for the token on standard input")
      .choice("--type", kTypes, options->type, "Kind of token: web, the only one of this version")
      .describe("Never shows the credential.")
      .example("  printf '%s\\n' \"$TOKEN\" | tokctl token get -")
      .run([options](Context& context) { return get(context, *options); });
}

int revoke(Context& context, const NamedToken& options) {
  static const Schema kSchema{
      .id = "id",
      .raw = "id",
      .columns = {
          {.name = "id"}, {.name = "token_type"}, {.name = "changed"}, {.name = "dry_run"}}};
  Writer out(context, kSchema, Format::kTable);
  check_type(options.type);
  auth::RevokedToken revoked;
  if (is_token_input(options.name)) {
    const SecretString token = read_token(context);
    context.confirm("revoke this token");
    revoked = context.tokctl().tokens().revoke(token.reveal());
  } else {
    check_token_id(*options.name);
    context.confirm(fmt::format("revoke token {}", *options.name));
    revoked.id = *options.name;
    revoked.changed = context.tokctl().sessions().revoke(revoked.id);
  }
  context.committed(revoked.changed, fmt::format("token {} was revoked", revoked.id));
  out.object({revoked.id, to_value(to_text(revoked.type)), revoked.changed, context.dry_run()});
  return 0;
}

void add_revoke(Command& command) {
  auto options = std::make_shared<NamedToken>();
  command.optional_argument("TOKEN", options->name, "Public id; - for the token on standard input")
      .choice("--type", kTypes, options->type, "Kind of token: web, the only one of this version")
      .mutation()
      .describe("Ends the session that it hangs on. Asks first.")
      .example("  printf '%s\\n' \"$TOKEN\" | tokctl token revoke - --yes")
      .run([options](Context& context) { return revoke(context, *options); });
}

}  // namespace

void add_token(Command& token) {
  token.example("  TOKEN=$(tokctl token issue bill@ardanlabs.com --ttl 12h)")
      .verb("issue", "Issue a token", add_issue)
      .verb("validate", "Judge tokens", add_token_validate)
      .verb("revoke", "End a token", add_revoke)
      .verb("list", "List tokens", add_list)
      .verb("get", "Show one token", add_get);
}

}  // namespace tokctl::cli
