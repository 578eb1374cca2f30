#include "cli/help.h"

#include <fmt/core.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <utility>
#include <vector>

#include "cli/nouns.h"
#include "cli/words.h"

namespace tokctl::cli {
namespace {

using Lines = std::vector<std::pair<std::string, std::string>>;

std::string spelled(const CLI::Option& option) {
  if (option.get_positional()) return option.get_type_name();
  std::string text =
      option.get_snames().empty() ? "    " : "-" + option.get_snames().front() + ", ";
  text += "--" + option.get_lnames().front();
  if (!is_flag(option)) text += " " + option.get_type_name();
  return text;
}

void append(std::string& text, std::string_view title, const Lines& lines) {
  if (lines.empty()) return;
  constexpr std::size_t kWidest = 34;
  constexpr std::size_t kNoneFits = 22;
  std::size_t width = 0;
  for (const auto& [left, right] : lines) {
    if (left.size() <= kWidest) width = std::max(width, left.size());
  }
  if (width == 0) width = kNoneFits;
  text += fmt::format("\n{}:\n", title);
  for (const auto& [left, right] : lines) {
    if (left.size() > width) {
      text += fmt::format("  {}\n  {:{}}  {}\n", left, "", width, right);
    } else {
      text += fmt::format("  {:{}}  {}\n", left, width, right);
    }
  }
}

std::string usage_line(CLI::App& command, const std::string& name, bool has_verbs) {
  std::string usage = "Usage: " + name;
  if (has_verbs) return usage + " COMMAND [options]\n";
  std::string required;
  std::string rest;
  bool optional = false;
  for (const CLI::Option* option : command.get_options()) {
    if (option->get_positional() && option->get_allow_extra_args()) {
      rest = fmt::format(" -- {}", option->get_type_name());
    } else if (option->get_positional()) {
      usage += option->get_required() ? fmt::format(" {}", option->get_type_name())
                                      : fmt::format(" [{}]", option->get_type_name());
    } else if (option->get_required()) {
      required += fmt::format(" {} {}", name_of(*option), option->get_type_name());
    } else {
      optional = true;
    }
  }
  return usage + required + (optional ? " [options]" : "") + rest + "\n";
}

// tokctl user create -> tokctl-user
std::string page_of(const std::string& name) {
  const auto noun = name.find(' ') + 1;
  return "tokctl-" + name.substr(noun, name.find(' ', noun) - noun);
}

}  // namespace

std::string help_text(CLI::App& command, const std::string& name) {
  const bool root = command.get_parent() == nullptr;
  Lines verbs;
  if (root) {
    for (const Noun& noun : nouns()) verbs.emplace_back(noun.name, noun.summary);
  } else {
    for (const CLI::App* verb : command.get_subcommands([](const CLI::App*) { return true; })) {
      verbs.emplace_back(verb->get_name(), verb->get_description());
    }
  }
  Lines arguments;
  Lines options;
  for (const CLI::Option* option : command.get_options()) {
    (option->get_positional() ? arguments : options)
        .emplace_back(spelled(*option), option->get_description());
  }

  std::string text = command.get_description() + "\n\n" + usage_line(command, name, !verbs.empty());
  append(text, "Commands", verbs);
  append(text, "Arguments", arguments);
  append(text, root ? "Options of every command" : "Options", options);
  if (!command.get_footer().empty()) text += "\nExample:\n" + command.get_footer() + "\n";
  text += root ? "\nHelp on a command: tokctl help user create. The manual: man tokctl\n"
               : fmt::format("\nOptions of every command: tokctl --help. The manual: man {}\n",
                             page_of(name));
  return text;
}

}  // namespace tokctl::cli
