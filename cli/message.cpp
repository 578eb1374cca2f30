#include "cli/message.h"

#include <fmt/core.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "base/utf8.h"
#include "cli/json.h"
#include "cli/terminal.h"

namespace tokctl::cli {

void say(std::string_view text) noexcept {
  while (!text.empty()) {
    const ssize_t written = ::write(STDERR_FILENO, text.data(), text.size());
    if (written < 0 && errno != EINTR) return;
    if (written > 0) text.remove_prefix(static_cast<std::size_t>(written));
  }
}

int exit_code(Code code) {
  switch (code) {
    case Code::kInternal:
      return 1;
    case Code::kUsage:
      return 2;
    case Code::kNotFound:
      return 3;
    case Code::kCredential:
      return 4;
    case Code::kConflict:
      return 5;
    case Code::kPolicy:
      return 6;
    case Code::kUnavailable:
      return 7;
    case Code::kRemote:
      return 8;
    case Code::kReauthorize:
      return 9;
    case Code::kIntegrity:
      return 10;
    case Code::kPartial:
      return 11;
    case Code::kDeclined:
      return 12;
    case Code::kInterrupted:
      return 130;
  }
  return 1;
}

void report(const Error& error, bool json, Color color) {
  if (json) {
    say(error_json(error, exit_code(error.code())) + "\n");
    return;
  }
  const bool red = use_color(color, STDERR_FILENO);
  std::string text = fmt::format("{}error:{} {} [{}]\n", red ? "\x1b[31m" : "", red ? "\x1b[m" : "",
                                 printable(error.message()), error.id());
  if (!error.hint().empty()) text += fmt::format("hint:  {}\n", printable(error.hint()));
  say(text);
}

}  // namespace tokctl::cli
