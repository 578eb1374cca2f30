// What a running command has at hand.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/config.h"
#include "base/random.h"
#include "cli/globals.h"
#include "cli/inherited.h"
#include "cli/sink.h"
#include "tokctl.h"

namespace tokctl::cli {

class Context {
 public:
  Context(const Globals& globals, const Inherited& inherited, Clock& clock, Random& random);
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;
  ~Context();

  const Globals& globals() const { return globals_; }
  const Inherited& inherited() const { return inherited_; }
  Clock& clock() { return clock_; }
  Random& random() { return random_; }
  Environment environment() const { return system_environment(); }

  // How the command was asked to run: set before its action.
  void set_manner(bool recorded, bool dry_run);
  bool dry_run() const { return dry_run_; }

  // Read at first use. Throws Error(kUsage).
  const LoadedConfig& loaded();
  // What the command line said of settings; a command adds what only it takes.
  Flags& flags() { return flags_; }
  // To read it again.
  void forget_config() { loaded_.reset(); }
  // Ready for auth: with actor, notices and trace.
  Config config();
  // A missing database stays missing: for commands that only look.
  void never_create() { create_ = false; }
  // Opened at first use.
  Tokctl& tokctl();

  Sink& out() { return out_; }
  // As it is, for help and scripts; data goes through a Writer.
  void print(std::string_view text) { out_.append(text); }

  // For a command that prints no fields to choose from. Throws Error(kUsage) when --fields was
  // given.
  void refuse_fields(std::string hint = {}) const;

  // Something was changed and stays so (unless nothing was, or it was a rehearsal): said if
  // printing fails after it.
  void committed(bool changed, std::string what);

  // A line on standard error, not with -q.
  void note(std::string_view text);

  // Returns once a person has agreed to `question`, or --yes has, or nothing would happen anyway.
  // Throws Error(kDeclined) when the answer is no or nobody can be asked.
  void confirm(const std::string& question);

 private:
  const Globals& globals_;
  const Inherited& inherited_;
  Clock& clock_;
  Random& random_;
  Sink out_;
  bool recorded_ = false;
  bool dry_run_ = false;
  bool create_ = true;
  Flags flags_;
  std::optional<LoadedConfig> loaded_;
  std::optional<Tokctl> tokctl_;
};

}  // namespace tokctl::cli
