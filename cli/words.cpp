#include "cli/words.h"

#include <fmt/core.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>

#include "base/error.h"
#include "cli/nearest.h"
#include "cli/nouns.h"

namespace tokctl::cli {
namespace {

// An unknown option's name is worth repeating, but only if it cannot be anything but a name.
bool looks_like_option_name(std::string_view text) {
  return text.size() <= 40 && text.starts_with("-") &&
         text.find_first_not_of("-abcdefghijklmnopqrstuvwxyz0123456789") == std::string_view::npos;
}

}  // namespace

bool is_flag(const CLI::Option& option) { return option.get_items_expected_max() == 0; }

std::string name_of(const CLI::Option& option) {
  if (!option.get_lnames().empty()) return "--" + option.get_lnames().front();
  if (!option.get_snames().empty()) return "-" + option.get_snames().front();
  return option.get_type_name();
}

std::vector<CLI::Option*> arguments_of(CLI::App& command) {
  return command.get_options([](const CLI::Option* option) { return option->get_positional(); });
}

Words::Words(CLI::App& root) : path_{&root} {}

std::string Words::command_name() const {
  std::string name;
  for (const CLI::App* app : path_) name += (name.empty() ? "" : " ") + app->get_name();
  return name;
}

void Words::refuse(std::string id, const std::string& message, std::string hint) const {
  if (hint.empty()) hint = command_name() + " --help";
  throw Error(Code::kUsage, std::move(id), message, std::move(hint));
}

void Words::take(const std::string& word) {
  if (awaiting_ != nullptr) {
    // A forgotten value must not make the next option one; `--name=--x` says so if it is meant.
    if (word.starts_with("--")) {
      refuse("usage.value_missing", fmt::format("{} needs a value", name_of(*awaiting_)));
    }
    give(*std::exchange(awaiting_, nullptr), word, false);
  } else if (only_arguments_ || word == "-" || !word.starts_with('-')) {
    take_plain(word);
  } else if (word == "--") {
    only_arguments_ = true;
  } else if (word.starts_with("--")) {
    take_long(word);
  } else {
    take_shorts(word);
  }
}

void Words::take_long(const std::string& word) {
  const auto equals = word.find('=');
  const std::string name = word.substr(0, equals);
  CLI::Option* option = find_long(std::string_view(name).substr(2));
  if (option == nullptr) {
    const std::string meant = nearest(name, long_options());
    refuse("usage.option",
           looks_like_option_name(name) ? fmt::format("unknown option {}", name)
                                        : std::string("unknown option"),
           meant.empty() ? "" : fmt::format("did you mean {}? {} --help", meant, command_name()));
  }
  if (is_flag(*option)) {
    if (equals != std::string::npos) {
      refuse("usage.value", fmt::format("{} takes no value", name));
    }
    give(*option, {}, true);
  } else if (equals != std::string::npos) {
    give(*option, word.substr(equals + 1), false);
  } else {
    awaiting_ = option;
  }
}

void Words::take_shorts(const std::string& word) {
  for (std::size_t i = 1; i < word.size(); ++i) {
    CLI::Option* option = find_short(word[i]);
    if (option == nullptr) {
      refuse("usage.option", word.size() == 2 && looks_like_option_name(word)
                                 ? fmt::format("unknown option {}", word)
                                 : std::string("unknown option"));
    }
    if (is_flag(*option)) {
      give(*option, {}, true);
    } else if (i + 1 < word.size()) {
      give(*option, word.substr(i + 1), false);
      return;
    } else {
      awaiting_ = option;
    }
  }
}

void Words::take_plain(const std::string& word) {
  const auto verbs = command().get_subcommands([](const CLI::App*) { return true; });
  if (!verbs.empty() || path_.size() == 1) {
    const auto verb = std::find_if(verbs.begin(), verbs.end(), [&word](const CLI::App* app) {
      return app->get_name() == word;
    });
    if (only_arguments_ || verb == verbs.end()) {
      const std::string meant = nearest(word, commands());
      refuse("usage.command", fmt::format("there is no such command under {}", command_name()),
             meant.empty() ? "" : fmt::format("did you mean {} {}?", command_name(), meant));
    }
    path_.push_back(*verb);
    return;
  }
  if (next_argument() == nullptr) refuse("usage.argument", "an argument too many");
  if (word.empty()) {
    refuse("usage.value_missing", fmt::format("argument {} is empty", name_of(*next_argument())));
  }
  arguments_.push_back(word);
}

void Words::give(CLI::Option& option, std::string value, bool flag) {
  if (!flag && value.empty()) {
    refuse("usage.value_missing", fmt::format("{} needs a value", name_of(option)));
  }
  if (given(option) && option.get_multi_option_policy() != CLI::MultiOptionPolicy::TakeAll) {
    refuse("usage.repeated", fmt::format("{} is given twice", name_of(option)));
  }
  if (option.check_lname("help")) {
    help_ = true;
    return;
  }
  options_.push_back({&option, std::move(value), flag});
}

bool Words::given(const CLI::Option& option) const {
  return std::any_of(options_.begin(), options_.end(),
                     [&option](const Given& given) { return given.option == &option; });
}

void Words::finish() {
  if (help_) return;
  if (awaiting_ != nullptr) {
    refuse("usage.value_missing", fmt::format("{} needs a value", name_of(*awaiting_)));
  }
  // Of the root, only the commands that the line names are built.
  if (path_.size() == 1 ||
      !command().get_subcommands([](const CLI::App*) { return true; }).empty()) {
    refuse("usage.command", fmt::format("{} needs a command", command_name()));
  }
  if (const CLI::Option* argument = next_argument();
      argument != nullptr && argument->get_required() &&
      arguments_.size() < arguments_of(command()).size()) {
    refuse("usage.argument_missing", fmt::format("argument {} is missing", name_of(*argument)));
  }
  for (const CLI::Option* option : command().get_options()) {
    if (option->get_required() && !option->get_positional() && !given(*option)) {
      refuse("usage.option_missing", fmt::format("{} is missing", name_of(*option)));
    }
  }
}

std::vector<std::string> Words::canonical() const {
  std::vector<std::string> words;
  for (std::size_t i = 1; i < path_.size(); ++i) words.push_back(path_[i]->get_name());
  for (const Given& given : options_) {
    words.push_back(name_of(*given.option) + (given.flag ? "" : "=" + given.value));
  }
  if (!arguments_.empty()) {
    words.emplace_back("--");
    words.insert(words.end(), arguments_.begin(), arguments_.end());
  }
  return words;
}

CLI::Option* Words::next_argument() const {
  const auto arguments = arguments_of(command());
  if (arguments_.size() < arguments.size()) return arguments[arguments_.size()];
  const bool more = !arguments.empty() &&
                    arguments.back()->get_multi_option_policy() == CLI::MultiOptionPolicy::TakeAll;
  return more ? arguments.back() : nullptr;
}

std::vector<std::string> Words::commands() const {
  std::vector<std::string> names;
  if (path_.size() == 1) {
    // Of the root, only the commands that the line names are built.
    for (const Noun& noun : nouns()) names.emplace_back(noun.name);
    return names;
  }
  for (const CLI::App* app : command().get_subcommands([](const CLI::App*) { return true; })) {
    names.push_back(app->get_name());
  }
  return names;
}

std::vector<std::string> Words::long_options() const {
  std::vector<std::string> names;
  for (CLI::App* app : path_) {
    for (const CLI::Option* option : app->get_options()) {
      for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
    }
  }
  return names;
}

CLI::Option* Words::find_long(std::string_view name) const {
  for (auto app = path_.rbegin(); app != path_.rend(); ++app) {
    for (CLI::Option* option : (*app)->get_options()) {
      for (const std::string& known : option->get_lnames()) {
        if (known == name) return option;
      }
    }
  }
  return nullptr;
}

CLI::Option* Words::find_short(char name) const {
  for (auto app = path_.rbegin(); app != path_.rend(); ++app) {
    for (CLI::Option* option : (*app)->get_options()) {
      for (const std::string& known : option->get_snames()) {
        if (known.front() == name) return option;
      }
    }
  }
  return nullptr;
}

std::optional<std::string> Words::value_of(std::string_view name) const {
  for (const Given& given : options_) {
    if (given.option->check_lname(std::string(name))) return given.value;
  }
  return std::nullopt;
}

std::vector<CLI::Option*> Words::open_options() const {
  std::vector<CLI::Option*> open;
  for (auto app = path_.rbegin(); app != path_.rend(); ++app) {
    for (CLI::Option* option : (*app)->get_options()) {
      const bool again = option->get_multi_option_policy() == CLI::MultiOptionPolicy::TakeAll;
      if (!option->get_positional() && (again || !given(*option))) open.push_back(option);
    }
  }
  return open;
}

}  // namespace tokctl::cli
