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

void throw_secret_in_argv(const std::string& command) {
  throw Error(Code::kUsage, "usage.secret_in_argv",
              "a token is read from standard input, never from the command line",
              fmt::format("printf '%s' \"$TOKEN\" | {} -", command));
}

}  // namespace tokctl::cli
