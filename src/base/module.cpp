#include "base/module.h"

#include <unistd.h>

#include <array>
#include <climits>

namespace tokctl {
namespace {

// The folder of the running program, with a slash; empty if the system does not tell.
std::string program_folder() {
  std::array<char, PATH_MAX> path;
  const ssize_t size = readlink("/proc/self/exe", path.data(), path.size());
  if (size <= 0 || static_cast<std::size_t>(size) == path.size()) return {};
  const std::string_view program(path.data(), static_cast<std::size_t>(size));
  return std::string(program.substr(0, program.rfind('/') + 1));
}

}  // namespace

std::optional<std::string> find_module(std::string_view name) {
  for (const std::string& folder : {program_folder(), std::string(TOKCTL_MODULE_DIR "/")}) {
    std::string path = folder;
    path += name;
    if (!folder.empty() && access(path.c_str(), F_OK) == 0) return path;
  }
  return std::nullopt;
}

}  // namespace tokctl
