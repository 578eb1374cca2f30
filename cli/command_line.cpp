#include "cli/command_line.h"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>

#include "base/error.h"
#include "cli/context.h"
#include "cli/help.h"
#include "cli/nouns.h"
#include "cli/words.h"

namespace tokctl::cli {

CommandLine::CommandLine(const Command::Wanted& wanted)
    : root_(std::make_unique<CLI::App>("Issues, validates, refreshes and revokes credentials",
                                       "tokctl")) {
  root_->set_help_flag();  // one of our own: CLI11's would be made again for each command
  root_->fallthrough();
  Command root(*root_, chosen_, wanted);
  root.example(
      "  printf '%s' \"$PW\" | tokctl user create --email bill@ardanlabs.com \\\n"
      "    --name 'Bill Kennedy' --password-stdin\n"
      "  TOKEN=$(tokctl token issue bill@ardanlabs.com --ttl 12h)\n"
      "  printf '%s\\n' \"$TOKEN\" | tokctl token validate - -o json");
  add_globals(root, globals_);
  for (const Noun& noun : nouns()) {
    if (wanted(noun.name)) root.verb(noun.name, noun.summary, noun.build);
  }
}

CommandLine::~CommandLine() = default;

Command::Chosen CommandLine::parse(const std::vector<std::string>& words) {
  Words given(*root_);
  auto word = words.begin();
  const bool help = words.empty() || words.front() == "help";
  if (help && word != words.end()) ++word;
  for (; word != words.end(); ++word) given.take(*word);
  if (help || given.help()) {
    return {.action = [text = help_text(given.command(), given.command_name())](Context& context) {
      context.print(text);
      return 0;
    }};
  }
  given.finish();

  std::vector<std::string> canonical = given.canonical();
  std::reverse(canonical.begin(), canonical.end());  // as CLI11 wants them
  try {
    root_->parse(std::move(canonical));
  } catch (const Error& error) {
    if (!error.hint().empty()) throw;
    throw Error(error.code(), error.id(), error.message(), given.command_name() + " --help");
  } catch (const CLI::Error&) {
    // Its texts quote what was typed, which may be a secret.
    throw Error(Code::kUsage, "usage.invalid", "this command line makes no sense",
                given.command_name() + " --help");
  }
  return chosen_;
}

}  // namespace tokctl::cli
