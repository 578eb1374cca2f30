#include "cli/account.h"

#include <fmt/core.h>
#include <pwd.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <string_view>

namespace tokctl::cli {
namespace {

// Names come from outside and end in a log that people read.
std::string plain(std::string_view name) {
  constexpr std::size_t kLongest = 32;
  std::string text;
  for (const char c : name.substr(0, kLongest)) {
    const bool fine = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      c == '.' || c == '_' || c == '-' || c == '@';
    text += fine ? c : '?';
  }
  return text;
}

}  // namespace

std::string account_name() {
  const uid_t uid = ::getuid();
  std::array<char, 4096> buffer{};
  passwd entry{};
  passwd* found = nullptr;
  const bool named = ::getpwuid_r(uid, &entry, buffer.data(), buffer.size(), &found) == 0 &&
                     found != nullptr && *found->pw_name != '\0';
  std::string name = named ? plain(found->pw_name) : fmt::format("uid-{}", uid);
  // Only root could have been reached through sudo, and whoever is root could write anything here
  // anyway.
  const char* behind = uid == 0 ? std::getenv("SUDO_USER") : nullptr;
  if (behind != nullptr && *behind != '\0' && name != behind) name += "(" + plain(behind) + ")";
  return name;
}

}  // namespace tokctl::cli
