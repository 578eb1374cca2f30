// What shells ask while somebody types, and what tests ask about the tree of commands. Both hidden.
#pragma once

#include <string>
#include <vector>

#include "base/clock.h"
#include "base/random.h"

namespace tokctl::cli {

// `tokctl __complete -- WORDS…`: a line `value<TAB>description` for each way the last word may go
// on; the single line
// `:file` or `:folder` leaves it to the shell. Looks at the database but never makes or changes
// one. Whatever goes wrong, it prints nothing: a prompt is no place for errors. Always 0.
int complete(const std::vector<std::string>& words, Clock& clock, Random& random) noexcept;

// `tokctl __commands`: one JSON object a line for each command:
// {"command":"user
// get","help":…,"options":[{"names":["--active"],"value":null,"help":…}],"arguments":[…],"example":…}
// The first line, command "", holds the options of every command.
int dump_commands();

}  // namespace tokctl::cli
