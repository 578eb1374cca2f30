#include "cli/token_input.h"

#include <fmt/core.h>
#include <unistd.h>

#include "base/error.h"
#include "base/uuid.h"
#include "cli/input.h"
#include "cli/terminal.h"

namespace tokctl::cli {

bool is_token_input(const std::optional<std::string>& argument) {
  return !argument || *argument == "-";
}

SecretString read_token(Context& context) {
  if (::isatty(STDIN_FILENO) != 0 && !context.globals().no_input && somebody_is_there()) {
    return ask_secret("Token");
  }
  return read_all(STDIN_FILENO, kTokenInputMax);
}

void check_token_id(std::string_view text) {
  if (is_uuid(text)) return;
  throw Error(Code::kUsage, "token.id",
              "a token is named by its public id, or given on standard input",
              "printf '%s' \"$TOKEN\" | tokctl token get -");
}

TokenInfo named_token(Context& context, const std::optional<std::string>& argument) {
  if (!is_token_input(argument)) {
    check_token_id(*argument);
    return context.tokctl().tokens().get(*argument);
  }
  return identify_token(context, read_token(context));
}

TokenInfo identify_token(Context& context, const SecretString& text) {
  auto token = context.tokctl().tokens().identify(text.reveal());
  if (!token) throw Error(Code::kCredential, "token.invalid", "this is not a token");
  return *std::move(token);
}

void check_token_type(const TokenInfo& token, std::optional<TokenType> type) {
  if (!type || token.type == *type) return;
  throw Error(Code::kNotFound, "token.not_found",
              fmt::format("token {} is of type {}", token.id, to_text(token.type)));
}

void throw_secret_in_argv(const std::string& command) {
  throw Error(Code::kUsage, "usage.secret_in_argv",
              "a token is read from standard input, never from the command line",
              fmt::format("printf '%s' \"$TOKEN\" | {} -", command));
}

}  // namespace tokctl::cli
