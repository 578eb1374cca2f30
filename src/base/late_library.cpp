#include "base/late_library.h"

#include <dlfcn.h>
#include <fmt/format.h>

#include "base/error.h"

namespace tokctl {

LateLibrary::LateLibrary(const Terms& terms)
    : terms_(terms), handle_(dlopen(terms.file, RTLD_NOW | RTLD_LOCAL)) {
  if (handle_ != nullptr) return;
  throw Error(Code::kUnavailable, std::string(terms.error),
              fmt::format("{} is missing, and {} without it", terms.name, terms.without),
              fmt::format("install the package {}", terms.package));
}

void* LateLibrary::address(const char* symbol) const {
  if (void* found = dlsym(handle_, symbol)) return found;
  throw Error(Code::kUnavailable, std::string(terms_.error),
              fmt::format("{} is not as it should be", terms_.name),
              fmt::format("install the package {} again", terms_.package));
}

}  // namespace tokctl
