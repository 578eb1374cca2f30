// The words of a command line, told apart by the tree of commands.
//
// CLI11 is lenient where a tool that handles passwords must not be: it passes over a stray `++`,
// lets `--name=` swallow the next word, takes `--yes=no` and quotes what it refuses. So every word
// is classified here first, strictly and without repeating a value, and CLI11 is then given one
// unambiguous spelling. Completion walks the same way.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace tokctl::cli {

class Words {
 public:
  explicit Words(CLI::App& root);

  // Takes the next word. Throws Error(kUsage, "usage.…"), whose hint names the command's --help.
  void take(const std::string& word);
  // After the last word: throws for what is missing.
  void finish();

  // The same line as CLI11 understands it without guessing.
  std::vector<std::string> canonical() const;

  bool help() const { return help_; }
  CLI::App& command() const { return *path_.back(); }
  // `tokctl user get`
  std::string command_name() const;

  // For completion: the option whose value comes next, if any; the argument that would come next,
  // if any; whether
  // `--` has been.
  CLI::Option* awaiting() const { return awaiting_; }
  CLI::Option* next_argument() const;
  bool only_arguments() const { return only_arguments_; }
  // Option by its name without dashes, here or above.
  CLI::Option* find_long(std::string_view name) const;
  // The value given for the option of that long name.
  std::optional<std::string> value_of(std::string_view name) const;
  // Options that may still be given, from the command upwards.
  std::vector<CLI::Option*> open_options() const;

 private:
  struct Given {
    CLI::Option* option;
    std::string value;
    bool flag;
  };

  // Without a hint it is the command's help.
  [[noreturn]] void refuse(std::string id, const std::string& message, std::string hint = {}) const;
  // What may stand here: commands under this one; options of it, and of those above.
  std::vector<std::string> commands() const;
  std::vector<std::string> long_options() const;
  void take_long(const std::string& word);
  void take_shorts(const std::string& word);
  void take_plain(const std::string& word);
  void give(CLI::Option& option, std::string value, bool flag);
  CLI::Option* find_short(char name) const;
  bool given(const CLI::Option& option) const;

  std::vector<CLI::App*> path_;
  std::vector<Given> options_;
  std::vector<std::string> arguments_;
  CLI::Option* awaiting_ = nullptr;
  bool only_arguments_ = false;
  bool help_ = false;
};

bool is_flag(const CLI::Option& option);
// `--email`, or `USER` for an argument.
std::string name_of(const CLI::Option& option);
// Arguments of a command, in order.
std::vector<CLI::Option*> arguments_of(CLI::App& command);

}  // namespace tokctl::cli
