#include "db/driver.h"

#include <dlfcn.h>

#include <algorithm>

#include "base/module.h"

namespace tokctl::db {
namespace {

// Of "postgres://host/db" the part before the colon; empty unless it is a-z and 0-9, so that a URL
// can name no path.
std::string_view scheme_of(std::string_view url) {
  const auto scheme = url.substr(0, url.find(':'));
  const auto plain = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  const bool named = scheme.size() < url.size() && std::all_of(scheme.begin(), scheme.end(), plain);
  return named ? scheme : std::string_view();
}

[[noreturn]] void fail_url() {
  throw Error(Code::kUsage, "db.url", "there is no driver for a database URL of that kind",
              "a URL begins with sqlite:, postgres:// or mysql://");
}

const Driver& load(const std::string& path, const std::string& name) {
  // Never closed: errors it threw and connections it made may live as long as the program.
  void* module = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (module == nullptr) {
    throw Error(Code::kUnavailable, "db.driver", "the database driver " + name + " does not load",
                "install it again, with the libraries it needs");
  }
  const auto entry = reinterpret_cast<const Driver* (*)(int)>(dlsym(module, "tokctl_driver"));
  const Driver* driver = entry != nullptr ? entry(kDriverAbi) : nullptr;
  if (driver == nullptr) {
    throw Error(Code::kUnavailable, "db.driver",
                "the database driver " + name + " was made for another version of tokctl",
                "install the one of this version");
  }
  return *driver;
}

}  // namespace

const Driver& driver_for(std::string_view url) {
  if (sqlite_driver().accepts(url)) return sqlite_driver();
  std::string scheme(scheme_of(url));
  if (scheme.empty()) fail_url();
  if (scheme == "postgresql") scheme = "postgres";

  const std::string name = "tokctl-" + scheme;
  const auto path = find_module(name + ".so");
  if (!path) {
    if (scheme != "postgres" && scheme != "mysql") fail_url();
    throw Error(Code::kUnavailable, "db.driver_missing",
                "the driver for " + scheme + " databases is not installed",
                "install the package " + name);
  }
  const Driver& driver = load(*path, name);
  if (!driver.accepts(url)) fail_url();
  return driver;
}

}  // namespace tokctl::db
