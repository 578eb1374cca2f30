#include "cli/context.h"

#include <fmt/core.h>
#include <unistd.h>

#include "base/error.h"
#include "base/utf8.h"
#include "cli/account.h"
#include "cli/message.h"
#include "cli/terminal.h"

namespace tokctl::cli {

Context::Context(const Globals& globals, const Inherited& inherited, Clock& clock, Random& random)
    : globals_(globals),
      inherited_(inherited),
      clock_(clock),
      random_(random),
      out_(STDOUT_FILENO, "standard output"),
      flags_(globals.config) {}

Context::~Context() = default;

void Context::set_manner(bool recorded, bool dry_run) {
  recorded_ = recorded;
  dry_run_ = dry_run;
}

void Context::refuse_fields(std::string hint) const {
  if (globals_.fields.empty()) return;
  throw Error(Code::kUsage, "usage.field", "this command prints no fields to choose from",
              std::move(hint));
}

const LoadedConfig& Context::loaded() {
  if (!loaded_) loaded_ = load_config(flags_, environment());
  return *loaded_;
}

Config Context::config() {
  Config config = loaded().config;
  config.dry_run = dry_run_;
  config.create = create_;
  config.upgrade = recorded_;  // a command that only looks does not rebuild what it looks at
  // Only a change is recorded, and finding a name may take longer than a whole validation.
  if (recorded_) config.actor = "cli:" + account_name();
  config.notice = [this](std::string_view text) { note(text); };
  if (globals_.verbose) {
    config.trace = [](std::string_view operation, std::chrono::nanoseconds took) {
      say(fmt::format("{:9.3f} ms  {}\n", std::chrono::duration<double, std::milli>(took).count(),
                      operation));
    };
  }
  return config;
}

Tokctl& Context::tokctl() {
  if (!tokctl_) tokctl_.emplace(open(config(), clock_, random_));
  return *tokctl_;
}

void Context::committed(bool changed, std::string what) {
  if (changed && !dry_run_) out_.committed(std::move(what));
}

void Context::note(std::string_view text) {
  if (!globals_.quiet) say(fmt::format("note:  {}\n", printable(text)));
}

void Context::confirm(const std::string& question) {
  if (globals_.yes || dry_run_) return;
  if (globals_.no_input || !somebody_is_there()) {
    throw Error(Code::kDeclined, "confirm.needed",
                fmt::format("{}: needs --yes, since nobody can be asked", question),
                "add --yes to go ahead");
  }
  if (!ask_yes(question + "?")) {
    throw Error(Code::kDeclined, "confirm.declined", "declined: nothing was changed");
  }
}

}  // namespace tokctl::cli
