#include "db/mysql/credentials.h"

#include <fcntl.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>

#include "base/error.h"
#include "base/utf8.h"

namespace tokctl::db::mysql {
namespace {

constexpr std::size_t kFileMax = 65536;
constexpr auto kNone = std::string_view::npos;

[[noreturn]] void fail(const std::string& path, const std::string& what, const std::string& hint) {
  throw Error(Code::kUnavailable, "db.password_file",
              "the password file " + printable(path) + ' ' + what, hint);
}

struct File {
  std::string content;
  bool shared = false;  // others than its owner may use it
};

// Nothing when there is none.
std::optional<File> read_file(const std::string& path) {
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (file < 0) {
    if (errno == ENOENT) return std::nullopt;
    fail(path, "cannot be read", "check its owner and mode");
  }
  struct stat status{};
  std::string content(kFileMax, '\0');
  const bool regular = fstat(file, &status) == 0 && S_ISREG(status.st_mode);
  const ssize_t size = regular ? read(file, content.data(), content.size()) : -1;
  close(file);
  if (size < 0 || static_cast<std::size_t>(size) == kFileMax) {
    fail(path, "cannot be read", "name a small regular file");
  }
  content.resize(static_cast<std::size_t>(size));
  return File{std::move(content), (status.st_mode & (S_IRWXG | S_IRWXO)) != 0};
}

void require_private(const File& file, const std::string& path) {
  if (!file.shared) return;
  fail(path, "may be used by others than its owner", "chmod 600 " + printable(path));
}

std::string_view trim(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r");
  if (first == kNone) return {};
  return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

// A value as MySQL's option files write it: perhaps in quotes, with backslashes.
std::string option_value(std::string_view text) {
  const bool quoted =
      text.size() >= 2 && (text[0] == '"' || text[0] == '\'') && text[0] == text.back();
  if (quoted) text = text.substr(1, text.size() - 2);
  std::string value;
  for (std::size_t i = 0; i < text.size(); ++i) {
    constexpr std::string_view kCodes = "btnrs\\\"'";
    constexpr std::string_view kMeanings = "\b\t\n\r \\\"'";
    const auto code = text[i] == '\\' && i + 1 < text.size() ? kCodes.find(text[i + 1]) : kNone;
    value += code == kNone ? text[i] : kMeanings[code];
    if (code != kNone) ++i;
  }
  return value;
}

struct Options {
  std::optional<std::string> user, password;
};

// The settings of one group; a later one wins.
Options read_group(std::string_view content, std::string_view wanted) {
  Options options;
  bool inside = false;
  while (!content.empty()) {
    const auto end = std::min(content.find('\n'), content.size());
    const std::string_view line = trim(content.substr(0, end));
    content.remove_prefix(std::min(end + 1, content.size()));
    if (line.empty() || line[0] == '#' || line[0] == ';' || line[0] == '!') continue;
    if (line[0] == '[') {
      inside = line.substr(1, line.find(']') - 1) == wanted;
      continue;
    }
    const auto equals = line.find('=');
    if (!inside || equals == kNone) continue;
    const std::string_view key = trim(line.substr(0, equals));
    const std::string_view value = trim(line.substr(equals + 1));
    if (key == "user") options.user = option_value(value);
    if (key == "password") options.password = option_value(value);
  }
  return options;
}

void complete_from_option_file(Target& target) {
  const char* home = std::getenv("HOME");
  if (home == nullptr || *home == '\0') return;
  const std::string path = std::string(home) + "/.my.cnf";
  const auto file = read_file(path);
  if (!file) return;
  for (const std::string_view group : {"tokctl", "client"}) {
    const Options options = read_group(file->content, group);
    // A password belongs to its user: one of somebody else is not tried.
    const bool other = options.user && !target.user.empty() && *options.user != target.user;
    if (options.user && target.user.empty()) target.user = *options.user;
    if (!options.password || target.password || other) continue;
    require_private(*file, path);
    target.password = options.password;
  }
}

std::string system_user() {
  passwd entry{};
  passwd* found = nullptr;
  std::array<char, 4096> buffer{};
  getpwuid_r(geteuid(), &entry, buffer.data(), buffer.size(), &found);
  return found != nullptr ? entry.pw_name : "";
}

}  // namespace

void complete_credentials(Target& target) {
  if (!target.password_file.empty()) {
    if (target.password) {
      throw Error(Code::kUsage, "db.url",
                  "the database URL has both a password and a password file",
                  "leave the password out of it");
    }
    auto file = read_file(target.password_file);
    if (!file) fail(target.password_file, "is missing", "create it, with mode 600");
    require_private(*file, target.password_file);
    file->content.resize(std::min(file->content.find_first_of("\r\n"), file->content.size()));
    target.password = std::move(file->content);
  }
  if (!target.password || target.user.empty()) complete_from_option_file(target);
  if (target.user.empty()) target.user = system_user();
}

}  // namespace tokctl::db::mysql
