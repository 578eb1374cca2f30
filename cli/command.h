// How a command says what it takes: a thin face on CLI11, which stays out of this header.
//
//   struct GetOptions {
//     std::string user;
//     bool active = false;
//   };
//
//   int get(Context& context, const GetOptions& options);
//
//   void add_user_get(Command& command) {
//     auto options = std::make_shared<GetOptions>();
//     command.argument("USER", options->user, "Email or PublicID")
//         .flag("--active", options->active, "Do not find a disabled user")
//         .example("tokctl user get bill@example.com -o json")
//         .run([options](Context& context) { return get(context, *options); });
//   }
//
// and its noun: user.verb("get", "Show one user", add_user_get).
//
// What a value is called (its placeholder) also tells shell completion what to offer: alternatives
// written a|b|c, and what `cli/complete.cpp` knows, such as FILE, USER and TOKEN.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace tokctl::cli {

class Context;

// Does the work of a command and returns the exit code. Anything that stops it is a tokctl::Error.
using Action = std::function<int(Context&)>;

class Command {
 public:
  using Build = void (*)(Command&);

  // Where a parsed command line leaves the action of the command that it names.
  struct Chosen {
    Action action;
    bool recorded = false;
    bool dry_run = false;
  };

  // `wanted` tells which subcommands are worth building, for most command lines name two of sixty.
  using Wanted = std::function<bool(std::string_view name)>;

  Command(CLI::App& app, Chosen& chosen, Wanted wanted);

  // A subcommand, built only when wanted.
  Command& verb(const std::string& name, const std::string& summary, Build build);

  // Targets live until the action has run: hold them in what the action captures. `names` is
  // "--limit" or
  // "-o,--output". Every option is given at most once and with a value that is not empty, unless it
  // says otherwise.
  Command& flag(const std::string& names, bool& target, const std::string& help);
  Command& text(const std::string& names, const std::string& placeholder,
                std::optional<std::string>& target, const std::string& help);
  Command& required_text(const std::string& names, const std::string& placeholder,
                         std::string& target, const std::string& help);
  // May be given several times.
  Command& texts(const std::string& names, const std::string& placeholder,
                 std::vector<std::string>& target, const std::string& help);
  // One of the words in `alternatives`, written a|b|c.
  Command& choice(const std::string& names, const std::string& alternatives,
                  std::optional<std::string>& target, const std::string& help);
  // A whole number in decimal digits, from `min` to `max`.
  Command& number(const std::string& names, const std::string& placeholder, std::int64_t min,
                  std::int64_t max, std::optional<std::int64_t>& target, const std::string& help);
  // As text, and `take` judges the value: it throws Error(kUsage) without repeating it.
  Command& value(const std::string& names, const std::string& placeholder,
                 std::function<void(const std::string& value)> take, const std::string& help);

  Command& argument(const std::string& placeholder, std::string& target, const std::string& help);
  Command& optional_argument(const std::string& placeholder, std::optional<std::string>& target,
                             const std::string& help);
  // All that is left of the line, at least one word.
  Command& rest(const std::string& placeholder, std::vector<std::string>& target,
                const std::string& help);

  // Before `run`: this command may leave an event in the audit log, which says who ran it.
  Command& recorded();
  // As `recorded`, and takes --dry-run.
  Command& mutation();

  Command& describe(const std::string& paragraph);
  Command& example(const std::string& lines);
  Command& run(Action action);

 private:
  CLI::Option& add(const std::string& names, const std::string& placeholder,
                   std::function<void(const std::string&)> take, const std::string& help);

  CLI::App& app_;
  Chosen& chosen_;
  Wanted wanted_;
  bool recorded_ = false;
};

// The value of an option as one of its alternatives; throws Error(kUsage, "usage.value") naming
// them.
void check_choice(std::string_view option, std::string_view alternatives, std::string_view value);

// `a|b|c` as people write it: a, b or c.
std::string spelled_out(std::string_view alternatives);

// Decimal digits only, no sign but '-', no leading zeros; nothing for anything else.
std::optional<std::int64_t> parse_whole_number(std::string_view text);

}  // namespace tokctl::cli
