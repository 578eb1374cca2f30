#include "cli/token.h"

#include <fmt/core.h>

#include <memory>

#include "base/error.h"
#include "base/time_text.h"
#include "cli/nouns.h"
#include "cli/schema.h"
#include "cli/token_input.h"
#include "cli/writer.h"

namespace tokctl::cli {

std::optional<TokenType> token_type(const std::optional<std::string>& type) {
  if (!type) return std::nullopt;
  const auto known = token_type_from(*type);
  if (known == TokenType::kWeb || known == TokenType::kApi) return known;
  throw Error(Code::kUsage, "token.type",
              fmt::format("tokens of type {} are not part of this version", *type),
              "--type web or --type api");
}

std::optional<Time> expiry_of(Context& context, const std::string& ttl) {
  if (ttl == "never") return std::nullopt;
  const auto moment = parse_moment(ttl, context.clock().now());
  if (!moment) {
    throw Error(Code::kUsage, "usage.time",
                "--ttl takes a time such as 12h, 2026-12-31T23:59:59Z, @1767225599 or never");
  }
  return moment;
}

namespace {

struct NamedToken {
  std::optional<std::string> name;
  std::optional<std::string> type;
};

int get(Context& context, const NamedToken& options) {
  Writer out(context, token_schema(), Format::kTable);
  const auto type = token_type(options.type);
  const TokenInfo token = named_token(context, options.name);
  check_token_type(token, type);
  out.object(token_row(token, context.clock().now()));
  return 0;
}

}  // namespace

void add_token_get(Command& command) {
  auto options = std::make_shared<NamedToken>();
  command.optional_argument("TOKEN", options->name, "Public id; - for the token on standard input")
      .choice("--type", kTokenTypes, options->type, kTokenTypeHelp)
      .describe("Never shows the credential.")
      .example("  printf '%s\\n' \"$TOKEN\" | tokctl token get -")
      .run([options](Context& context) { return get(context, *options); });
}

void add_token(Command& token) {
  token.example("  TOKEN=$(tokctl token issue bill@ardanlabs.com --ttl 12h)")
      .verb("issue", "Issue a token", add_token_issue)
      .verb("validate", "Judge tokens", add_token_validate)
      .verb("revoke", "End tokens", add_token_revoke)
      .verb("list", "List what was issued", add_token_list)
      .verb("get", "Show one token", add_token_get)
      .verb("rotate", "Replace a token by a new one", add_token_rotate)
      .verb("leaked", "Find tokens in any text, and end them", add_token_leaked);
}

}  // namespace tokctl::cli
