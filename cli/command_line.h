// The whole tree of commands, and what one command line asks of it.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/globals.h"

namespace tokctl::cli {

class CommandLine {
 public:
  // Builds what `wanted` names; with nothing, everything.
  explicit CommandLine(const Command::Wanted& wanted);
  ~CommandLine();

  // What the words ask for: runs nothing. Throws Error(kUsage); without words, and for --help and
  // `help`, the action prints help.
  Command::Chosen parse(const std::vector<std::string>& words);

  const Globals& globals() const { return globals_; }
  CLI::App& root() { return *root_; }

 private:
  std::unique_ptr<CLI::App> root_;
  Globals globals_;
  Command::Chosen chosen_;
};

}  // namespace tokctl::cli
