// Where the program's loadable modules are.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tokctl {

// The path of the module that is called so (`tokctl-postgres.so`): beside the running program or in
// the folder tokctl of the libraries. Nothing when it is in neither.
std::optional<std::string> find_module(std::string_view name);

}  // namespace tokctl
