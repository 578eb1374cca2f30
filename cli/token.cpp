#include "cli/token.h"

#include <fmt/core.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "base/encoding.h"
#include "base/error.h"
#include "base/json.h"
#include "base/time_text.h"
#include "cli/nouns.h"
#include "cli/schema.h"
#include "cli/token_input.h"
#include "cli/writer.h"
#include "model/jwt.h"

namespace tokctl::cli {

std::optional<TokenType> token_type(const std::optional<std::string>& type) {
  if (!type) return std::nullopt;
  return token_type_from(*type);
}

Purpose purpose_of(const std::string& text) {
  check_choice("--purpose", kPurposes, text);
  return *purpose_from(text);
}

Seconds duration_of(std::string_view option, const std::string& text) {
  const auto duration = parse_duration(text);
  if (!duration) {
    throw Error(Code::kUsage, "usage.duration",
                fmt::format("{} takes a time such as 90m, 12h or 7d", option));
  }
  return *duration;
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

// What a JWT says, whoever signed it: a JSON object, or absent.
Value decoded(std::string_view part) {
  const auto json = decode_jws_part(part);
  return json && parse_json_object(as_text(*json)) ? Value(JsonText{std::string(as_text(*json))})
                                                   : Value(std::monostate());
}

const Schema& shown_schema() {
  static const Schema kSchema = with(token_schema(), {{.name = "header"}, {.name = "payload"}});
  return kSchema;
}

int get_presented(Context& context, Writer& out, std::optional<TokenType> type) {
  const SecretString text = read_token(context);
  const auto parts = split_jwt(text.reveal());
  if (!parts) {
    const TokenInfo token = identify_token(context, text);
    check_token_type(token, type);
    out.object(token_row(token, context.clock().now()));
    return 0;
  }
  auto token = context.tokctl().tokens().identify(text.reveal());
  const bool known = token.has_value();
  if (!known) token.emplace().type = TokenType::kJwt;
  check_token_type(*token, type);
  Row row = token_row(*token, context.clock().now());
  if (!known) {
    // Somebody else's, or forged: only what it says itself can be shown.
    for (Value& value : row) value = std::monostate();
    row[1] = to_value(to_text(token->type));
    row[7] = to_value("unknown");
  }
  out.object(with(std::move(row), {decoded(parts->header), decoded(parts->payload)}));
  return 0;
}

int get(Context& context, const NamedToken& options) {
  Writer out(context, shown_schema(), Format::kTable);
  const auto type = token_type(options.type);
  if (is_token_input(options.name)) return get_presented(context, out, type);
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
