// Help, written from the tree of commands.
#pragma once

#include <string>

namespace CLI {
class App;
}

namespace tokctl::cli {

// What --help prints for a command; `name` is how it is called, `tokctl user get`.
std::string help_text(CLI::App& command, const std::string& name);

}  // namespace tokctl::cli
