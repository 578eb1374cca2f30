// The options that every command takes.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/config.h"
#include "cli/format.h"

namespace tokctl::cli {

class Command;

enum class Color { kAuto, kAlways, kNever };
enum class TimeStyle { kRfc3339, kUnix, kRelative };

struct Globals {
  Flags config;                  // what load_config ranks above environment and file
  std::optional<Format> format;  // nothing: the command's own
  std::vector<std::string> fields;
  bool no_headers = false;
  bool quiet = false;
  bool verbose = false;
  bool yes = false;
  bool no_input = false;
  bool help = false;  // seen before parsing; here so that help and completion name it
  Color color = Color::kAuto;
  TimeStyle time = TimeStyle::kRfc3339;
};

void add_globals(Command& root, Globals& globals);

}  // namespace tokctl::cli
