#include <unistd.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "cli/command_line.h"
#include "cli/complete.h"
#include "cli/json.h"
#include "cli/sink.h"
#include "cli/words.h"

namespace tokctl::cli {
namespace {

std::string names_of(const CLI::Option& option) {
  std::string names;
  for (const std::string& name : option.get_snames()) names += json_string("-" + name) + ",";
  for (const std::string& name : option.get_lnames()) names += json_string("--" + name) + ",";
  if (!names.empty()) names.pop_back();
  return "[" + names + "]";
}

void dump(CLI::App& command, const std::string& name, Sink& out) {
  std::string options;
  std::string arguments;
  for (const CLI::Option* option : command.get_options()) {
    const std::string value = is_flag(*option) ? "null" : json_string(option->get_type_name());
    const std::string rest = ",\"value\":" + value +
                             ",\"required\":" + (option->get_required() ? "true" : "false") +
                             ",\"help\":" + json_string(option->get_description()) + "}";
    std::string& list = option->get_positional() ? arguments : options;
    list += (list.empty() ? "{\"names\":" : ",{\"names\":") + names_of(*option) + rest;
  }
  out.append("{\"command\":" + json_string(name) +
             ",\"help\":" + json_string(command.get_description()) + ",\"options\":[" + options +
             "],\"arguments\":[" + arguments +
             "],\"example\":" + json_string(command.get_footer()) + "}\n");
  for (CLI::App* verb : command.get_subcommands([](const CLI::App*) { return true; })) {
    dump(*verb, (name.empty() ? "" : name + " ") + verb->get_name(), out);
  }
}

}  // namespace

int dump_commands() {
  CommandLine line([](std::string_view) { return true; });
  Sink out(STDOUT_FILENO, "standard output");
  dump(line.root(), "", out);
  out.flush();
  return 0;
}

}  // namespace tokctl::cli
