#include "cli/globals.h"

#include <fmt/core.h>

#include "base/error.h"
#include "cli/command.h"

namespace tokctl::cli {
namespace {

constexpr const char* kColors = "auto|always|never";
constexpr const char* kTimeStyles = "rfc3339|unix|relative";

std::vector<std::string> split(const std::string& list) {
  std::vector<std::string> parts;
  for (std::size_t start = 0; start <= list.size();) {
    const auto end = std::min(list.find(',', start), list.size());
    parts.push_back(list.substr(start, end - start));
    start = end + 1;
  }
  return parts;
}

}  // namespace

void add_globals(Command& root, Globals& globals) {
  root.text("--db", "URL", globals.config.db, "Database: sqlite:PATH, postgres://… or mysql://…")
      .text("--redis", "URL", globals.config.redis,
            "Redis, where verdicts are shared: redis://… or unix://PATH")
      .text("--key-file", "FILE", globals.config.key_file, "File of root keys")
      .text("--config", "FILE", globals.config.config_file, "File of settings")
      .text("--timeout", "DURATION", globals.config.timeout,
            "How long to wait for a database, such as 5s")
      .value(
          "-o,--output", std::string(kFormats),
          [&globals](const std::string& text) {
            check_choice("-o", kFormats, text);
            globals.format = format_from(text);
          },
          "Shape of the output")
      .value(
          "--fields", "NAMES",
          [&globals](const std::string& text) { globals.fields = split(text); },
          "Only these fields, separated by commas, in this order")
      .value(
          "--time", kTimeStyles,
          [&globals](const std::string& text) {
            check_choice("--time", kTimeStyles, text);
            globals.time = text == "unix"       ? TimeStyle::kUnix
                           : text == "relative" ? TimeStyle::kRelative
                                                : TimeStyle::kRfc3339;
          },
          "How tables, CSV and raw output show times")
      .value(
          "--color", kColors,
          [&globals](const std::string& text) {
            check_choice("--color", kColors, text);
            globals.color = text == "always"  ? Color::kAlways
                            : text == "never" ? Color::kNever
                                              : Color::kAuto;
          },
          "Colors in tables and messages")
      .flag("--no-headers", globals.no_headers, "Leave out the names in tables and CSV")
      .flag("-q,--quiet", globals.quiet, "No notes and no progress")
      .flag("-v,--verbose", globals.verbose, "Every database operation on standard error")
      .flag("--yes", globals.yes, "Take every question for answered with yes")
      .flag("--no-input", globals.no_input, "Never ask")
      .flag("-h,--help", globals.help, "This help");
}

}  // namespace tokctl::cli
