#include <fmt/core.h>

#include <memory>

#include "base/error.h"
#include "base/utf8.h"
#include "cli/schema.h"
#include "cli/token.h"
#include "cli/token_input.h"
#include "cli/writer.h"
#include "model/api_token.h"

namespace tokctl::cli {
namespace {

struct RevokeOptions {
  std::optional<std::string> token;
  std::optional<std::string> type;
  std::optional<std::string> user;
  std::optional<std::string> name;
};

int revoke_one(Context& context, const RevokeOptions& options) {
  static const Schema kSchema{
      .id = "id",
      .raw = "id",
      .columns = {
          {.name = "id"}, {.name = "token_type"}, {.name = "changed"}, {.name = "dry_run"}}};
  Writer out(context, kSchema, Format::kTable);
  const auto type = token_type(options.type);
  auth::Tokens& tokens = context.tokctl().tokens();
  auth::RevokedToken revoked;
  if (is_token_input(options.token)) {
    const SecretString token = read_token(context);
    if (type) {
      if (const auto known = tokens.identify(token.reveal())) check_token_type(*known, type);
    }
    context.confirm("revoke this token");
    revoked = tokens.revoke(token.reveal());
  } else {
    check_token_id(*options.token);
    if (type) check_token_type(tokens.get(*options.token), type);
    context.confirm(fmt::format("revoke token {}", *options.token));
    revoked = tokens.revoke_id(*options.token);
  }
  context.committed(revoked.changed, fmt::format("token {} was revoked", revoked.id));
  out.object({revoked.id, to_value(to_text(revoked.type)), revoked.changed, context.dry_run()});
  return 0;
}

int revoke_many(Context& context, const RevokeOptions& options) {
  static const Schema kSchema{.id = "public_id",
                              .raw = "public_id",
                              .columns = {{.name = "public_id"},
                                          {.name = "token_name"},
                                          {.name = "sessions_revoked"},
                                          {.name = "tokens_revoked"},
                                          {.name = "changed"},
                                          {.name = "dry_run"}}};
  Writer out(context, kSchema, Format::kTable);
  auth::RevokeQuery query{.name = options.name.value_or(""), .type = token_type(options.type)};
  check_token_name(query.name);
  std::string question = "end all tokens";
  std::string public_id;
  if (options.name) question += fmt::format(" named {}", printable(*options.name));
  if (options.user) {
    const User user = context.tokctl().users().get(parse_user_ref(*options.user));
    public_id = user.public_id;
    query.user = UserRef{.email = {}, .public_id = public_id};
    question += fmt::format(" of {}", printable(user.email));
  }
  context.confirm(question);
  const auth::RevokedTokens revoked = context.tokctl().tokens().revoke_all(query);
  context.committed(revoked.total() > 0, fmt::format("{} tokens were revoked", revoked.total()));
  out.object({present(public_id), present(query.name), revoked.sessions, revoked.tokens,
              revoked.total() > 0, context.dry_run()});
  return 0;
}

int revoke(Context& context, const RevokeOptions& options) {
  if (!options.user && !options.name) return revoke_one(context, options);
  if (!options.token) return revoke_many(context, options);
  throw Error(Code::kUsage, "usage.argument", "give either a token or --user and --name",
              "tokctl token revoke --help");
}

}  // namespace

void add_token_revoke(Command& command) {
  auto options = std::make_shared<RevokeOptions>();
  command.optional_argument("TOKEN", options->token, "Public id; - for the token on standard input")
      .text("--user", "USER", options->user, "All of this user's, by email or PublicID")
      .text("--name", "NAME", options->name, "All of this name")
      .choice("--type", kTokenTypes, options->type, kTokenTypeHelp)
      .mutation()
      .describe(
          "Of a web token, JWT or refresh token, ends the session that it hangs on. Asks first.")
      .example(
          "  printf '%s\\n' \"$TOKEN\" | tokctl token revoke - --yes\n"
          "  tokctl token revoke --user bill@ardanlabs.com --name ci --yes")
      .run([options](Context& context) { return revoke(context, *options); });
}

}  // namespace tokctl::cli
