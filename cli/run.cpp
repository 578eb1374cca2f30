#include "cli/run.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <exception>
#include <string>
#include <string_view>
#include <vector>

#include "base/config.h"
#include "base/error.h"
#include "base/file.h"
#include "cli/command_line.h"
#include "cli/complete.h"
#include "cli/context.h"
#include "cli/inherited.h"
#include "cli/message.h"

namespace tokctl::cli {
namespace {

// A descriptor that the caller closed would be given to the next file opened, and a database must
// not receive what is meant for standard output. What stands in its place fails the same way: it
// cannot be written (0: read). Whether standard output was open.
bool occupy_standard_descriptors() {
  bool output_open = true;
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(fd, F_GETFD) >= 0) continue;
    if (fd == STDOUT_FILENO) output_open = false;
    // The lowest free number is `fd`: those below are taken.
    if (::open("/dev/null", fd == STDOUT_FILENO ? O_RDONLY : O_WRONLY) != fd) ::_exit(1);
  }
  return output_open;
}

// Whether messages should be JSON; known before parsing, which may be what fails.
bool asks_for_json(const std::vector<std::string>& words) {
  for (std::size_t i = 0; i < words.size() && words[i] != "--"; ++i) {
    std::string_view value;
    if (words[i] == "-o" || words[i] == "--output") {
      if (i + 1 < words.size()) value = words[i + 1];
    } else if (words[i].starts_with("-o")) {
      value = std::string_view(words[i]).substr(2);
    } else if (words[i].starts_with("--output=")) {
      value = std::string_view(words[i]).substr(9);
    }
    if (value == "json" || value == "jsonl") return true;
  }
  return false;
}

int run_words(const std::vector<std::string>& words, bool output_open, const Inherited& inherited,
              Clock& clock, Random& random, Color& color) {
  CommandLine line([&words](std::string_view name) {
    return std::find(words.begin(), words.end(), name) != words.end();
  });
  const Command::Chosen chosen = line.parse(words);
  color = line.globals().color;
  // Better now than after a change whose answer nobody gets.
  if (!output_open) {
    throw Error(Code::kInternal, "output.failed", "cannot write standard output: it is closed");
  }
  check_flags(line.globals().config);
  Context context(line.globals(), inherited, clock, random);
  context.set_manner(chosen.recorded, chosen.dry_run);
  const int code = chosen.action(context);
  context.out().flush();
  if (chosen.dry_run) context.note("dry run: nothing was changed");
  return code;
}

}  // namespace

int run(int argc, const char* const* argv, Clock& clock, Random& random) noexcept {
  const Inherited inherited;
  const bool output_open = occupy_standard_descriptors();
  bool json = false;
  Color color = Color::kAuto;
  try {
    // Before there is any secret: a password is asked for long before a root key is read.
    harden_process();
    std::vector<std::string> words(argv + std::min(argc, 1), argv + argc);
    if (words.size() == 1 && words.front() == "--version") words.front() = "version";
    if (!words.empty() && words.front() == "__complete") return complete(words, clock, random);
    if (!words.empty() && words.front() == "__commands") return dump_commands();
    json = asks_for_json(words);
    return run_words(words, output_open, inherited, clock, random, color);
  } catch (const Error& error) {
    report(error, json, color);
    return exit_code(error.code());
  } catch (const std::bad_alloc&) {
    say("error: out of memory [internal]\n");
  } catch (...) {
    // What it would say is written for programmers and may quote a value.
    say("error: internal error [internal]\n");
  }
  return exit_code(Code::kInternal);
}

}  // namespace tokctl::cli
