#include "cli/command.h"

#include <fmt/core.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <charconv>
#include <utility>

#include "base/error.h"

namespace tokctl::cli {
namespace {

// How messages call an option: by its long name.
std::string shown_name(const std::string& names) {
  const auto comma = names.rfind(',');
  return comma == std::string::npos ? names : names.substr(comma + 1);
}

}  // namespace

Command::Command(CLI::App& app, Chosen& chosen, Wanted wanted)
    : app_(app), chosen_(chosen), wanted_(std::move(wanted)) {}

Command& Command::verb(const std::string& name, const std::string& summary, Build build) {
  CLI::App& app = *app_.add_subcommand(name, summary);
  app_.require_subcommand(0, 1);
  if (wanted_(name)) {
    Command command(app, chosen_, wanted_);
    build(command);
  }
  return *this;
}

CLI::Option& Command::add(const std::string& names, const std::string& placeholder,
                          std::function<void(const std::string&)> take, const std::string& help) {
  auto callback = [take = std::move(take)](const CLI::results_t& results) {
    for (const std::string& result : results) take(result);
    return true;
  };
  CLI::Option* option = app_.add_option(names, CLI::callback_t(std::move(callback)), help);
  option->type_name(placeholder);
  return *option;
}

Command& Command::flag(const std::string& names, bool& target, const std::string& help) {
  app_.add_flag_callback(names, [&target] { target = true; }, help);
  return *this;
}

Command& Command::text(const std::string& names, const std::string& placeholder,
                       std::optional<std::string>& target, const std::string& help) {
  add(names, placeholder, [&target](const std::string& text) { target = text; }, help);
  return *this;
}

Command& Command::required_text(const std::string& names, const std::string& placeholder,
                                std::string& target, const std::string& help) {
  add(names, placeholder, [&target](const std::string& text) { target = text; }, help).required();
  return *this;
}

Command& Command::texts(const std::string& names, const std::string& placeholder,
                        std::vector<std::string>& target, const std::string& help) {
  add(
      names, placeholder, [&target](const std::string& text) { target.push_back(text); }, help)
      .multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  return *this;
}

Command& Command::choice(const std::string& names, const std::string& alternatives,
                         std::optional<std::string>& target, const std::string& help) {
  add(
      names, alternatives,
      [&target, alternatives, name = shown_name(names)](const std::string& text) {
        check_choice(name, alternatives, text);
        target = text;
      },
      help);
  return *this;
}

Command& Command::number(const std::string& names, const std::string& placeholder, std::int64_t min,
                         std::int64_t max, std::optional<std::int64_t>& target,
                         const std::string& help) {
  add(
      names, placeholder,
      [&target, min, max, name = shown_name(names)](const std::string& text) {
        const auto number = parse_whole_number(text);
        if (!number || *number < min || *number > max) {
          throw Error(Code::kUsage, "usage.number",
                      fmt::format("{} takes a whole number from {} to {}", name, min, max));
        }
        target = number;
      },
      help);
  return *this;
}

Command& Command::value(const std::string& names, const std::string& placeholder,
                        std::function<void(const std::string&)> take, const std::string& help) {
  add(names, placeholder, std::move(take), help);
  return *this;
}

Command& Command::argument(const std::string& placeholder, std::string& target,
                           const std::string& help) {
  add(
      placeholder, placeholder, [&target](const std::string& text) { target = text; }, help)
      .required();
  return *this;
}

Command& Command::optional_argument(const std::string& placeholder,
                                    std::optional<std::string>& target, const std::string& help) {
  add(placeholder, placeholder, [&target](const std::string& text) { target = text; }, help);
  return *this;
}

Command& Command::rest(const std::string& placeholder, std::vector<std::string>& target,
                       const std::string& help) {
  CLI::Option& option = add(
      placeholder, placeholder, [&target](const std::string& text) { target.push_back(text); },
      help);
  option.required();
  option.expected(-1);
  option.multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  return *this;
}

Command& Command::recorded() {
  recorded_ = true;
  return *this;
}

Command& Command::mutation() {
  recorded();
  return flag("--dry-run", chosen_.dry_run, "Show what would be done, and change nothing");
}

Command& Command::describe(const std::string& paragraph) {
  app_.description(app_.get_description() + "\n\n" + paragraph);
  return *this;
}

Command& Command::example(const std::string& lines) {
  app_.footer(lines);
  return *this;
}

Command& Command::run(Action action) {
  app_.final_callback([&chosen = chosen_, action = std::move(action), recorded = recorded_] {
    chosen.action = action;
    chosen.recorded = recorded;
  });
  return *this;
}

std::string spelled_out(std::string_view alternatives) {
  std::string text;
  for (std::size_t start = 0; start <= alternatives.size();) {
    const auto end = std::min(alternatives.find('|', start), alternatives.size());
    text += text.empty() ? "" : end == alternatives.size() ? " or " : ", ";
    text += alternatives.substr(start, end - start);
    start = end + 1;
  }
  return text;
}

void check_choice(std::string_view option, std::string_view alternatives, std::string_view value) {
  for (std::size_t start = 0; start <= alternatives.size();) {
    const auto end = std::min(alternatives.find('|', start), alternatives.size());
    if (alternatives.substr(start, end - start) == value) return;
    start = end + 1;
  }
  throw Error(Code::kUsage, "usage.value",
              fmt::format("{} takes {}", option, spelled_out(alternatives)));
}

std::optional<std::int64_t> parse_whole_number(std::string_view text) {
  std::int64_t number = 0;
  const char* end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || stopped != end) return std::nullopt;
  const auto digits = text.starts_with('-') ? text.substr(1) : text;
  if (digits.size() > 1 && digits.front() == '0') return std::nullopt;
  return number;
}

}  // namespace tokctl::cli
