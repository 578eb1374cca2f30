#include "cli/complete.h"

#include <unistd.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <string_view>

#include "base/utf8.h"
#include "cli/command_line.h"
#include "cli/sink.h"
#include "cli/words.h"
#include "tokctl.h"

namespace tokctl::cli {
namespace {

constexpr std::size_t kMost = 200;  // more than anybody reads

class Completer {
 public:
  Completer(Words& words, Clock& clock, Random& random, Sink& out)
      : words_(words), clock_(clock), random_(random), out_(out) {}

  void last(const std::string& word) {
    const auto equals = word.find('=');
    if (words_.awaiting() != nullptr) {
      values(words_.awaiting()->get_type_name(), {}, word);
    } else if (words_.only_arguments() || !word.starts_with('-')) {
      plain(word);
    } else if (equals == std::string::npos) {
      options(word);
    } else if (const auto* option =
                   words_.find_long(std::string_view(word).substr(2, equals - 2))) {
      values(option->get_type_name(), word.substr(0, equals + 1), word.substr(equals + 1));
    }
  }

 private:
  void offer(std::string_view value, std::string_view description = {}) {
    if (has_control(value)) return;
    out_.append(value);
    if (!description.empty()) {
      out_.append("\t");
      out_.append(description.substr(0, description.find('\n')));
    }
    out_.append("\n");
  }

  void plain(const std::string& word) {
    const auto verbs = words_.command().get_subcommands([](const CLI::App*) { return true; });
    for (const CLI::App* verb : verbs) {
      if (verb->get_name().starts_with(word)) offer(verb->get_name(), verb->get_description());
    }
    const CLI::Option* argument = words_.next_argument();
    if (verbs.empty() && argument != nullptr) values(argument->get_type_name(), {}, word);
  }

  void options(const std::string& word) {
    for (const CLI::Option* option : words_.open_options()) {
      const std::string name = name_of(*option);
      if (name.starts_with(word)) offer(name, option->get_description());
    }
  }

  void values(std::string_view placeholder, const std::string& before, const std::string& begun) {
    if (placeholder == "FILE") {
      offer(":file");
    } else if (placeholder.find('|') != std::string_view::npos) {
      for (std::size_t start = 0; start <= placeholder.size();) {
        const auto end = std::min(placeholder.find('|', start), placeholder.size());
        const auto word = placeholder.substr(start, end - start);
        if (word.starts_with(begun)) offer(before + std::string(word));
        start = end + 1;
      }
    } else if (placeholder == "USER" || placeholder == "SESSION" || placeholder == "TOKEN" ||
               placeholder == "KID" || placeholder == "ACCOUNT" || placeholder == "PROVIDER") {
      for (const std::string& found : look_up(placeholder, begun)) offer(before + found);
    }
  }

  std::vector<std::string> look_up(std::string_view what, const std::string& begun) {
    Config config = load_config({.config_file = words_.value_of("config"),
                                 .db = words_.value_of("db"),
                                 .redis = words_.value_of("redis"),
                                 .key_file = words_.value_of("key-file"),
                                 .timeout = words_.value_of("timeout")},
                                system_environment())
                        .config;
    config.create = config.upgrade = false;
    config.dry_run = true;
    config.timeout = std::min(config.timeout, std::chrono::milliseconds(80));
    Tokctl tokctl = open(config, clock_, random_);
    if (what == "SESSION") return tokctl.sessions().ids_with_prefix(begun, kMost);
    if (what == "ACCOUNT") return tokctl.oauth().grants().accounts_with_prefix(begun, kMost);
    if (what == "PROVIDER") return tokctl.oauth().providers().names_with_prefix(begun, kMost);
    if (what == "TOKEN") return tokctl.tokens().ids_with_prefix(begun, kMost);
    if (what == "KID") return kids_with_prefix(tokctl, begun);
    std::vector<std::string> found = tokctl.users().emails_with_prefix(begun, kMost);
    // A PublicID means nothing to anybody who has not begun to type one.
    if (!begun.empty() && begun.find_first_not_of("0123456789abcdef-") == std::string::npos) {
      for (auto& id : tokctl.users().ids_with_prefix(begun, kMost)) found.push_back(std::move(id));
    }
    return found;
  }

  // Of keys that are not retired: a few dozen at most.
  static std::vector<std::string> kids_with_prefix(Tokctl& tokctl, const std::string& begun) {
    std::vector<std::string> found;
    for (auto& key : tokctl.jwks().list(/*retired=*/false)) {
      if (key.kid.starts_with(begun)) found.push_back(std::move(key.kid));
    }
    return found;
  }

  Words& words_;
  Clock& clock_;
  Random& random_;
  Sink& out_;
};

}  // namespace

int complete(const std::vector<std::string>& words, Clock& clock, Random& random) noexcept {
  try {
    if (words.size() < 3 || words[1] != "--") return 0;
    CommandLine line([](std::string_view) { return true; });
    Words given(line.root());
    // `tokctl help user get` names a command like any line.
    const bool help = words.size() > 3 && words[2] == "help";
    std::for_each(words.begin() + (help ? 3 : 2), words.end() - 1,
                  [&given](const std::string& word) { given.take(word); });
    Sink out(STDOUT_FILENO, "standard output");
    Completer(given, clock, random, out).last(words.back());
    out.flush();
  } catch (...) {  // NOLINT(bugprone-empty-catch): see the header
  }
  return 0;
}

}  // namespace tokctl::cli
