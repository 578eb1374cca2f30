// A configuration file loads or is refused in one line that repeats nothing of it; a password is
// never shown.
#include <sys/mman.h>
#include <unistd.h>

#include <string>

#include "base/config.h"
#include "base/error.h"
#include "base/url.h"
#include "base/utf8.h"
#include "require.h"

using namespace tokctl;

namespace {

// A file that is only in memory, under a path that can be opened.
class MemoryFile {
 public:
  MemoryFile() : fd_(::memfd_create("config", MFD_CLOEXEC)) { fuzz::require(fd_ >= 0); }
  std::string path() const { return "/proc/self/fd/" + std::to_string(fd_); }
  void write(std::string_view text) const {
    fuzz::require(::ftruncate(fd_, 0) == 0 && ::pwrite(fd_, text.data(), text.size(), 0) >= 0);
  }

 private:
  int fd_;
};

void load(const MemoryFile& file, std::string_view text) {
  file.write(text);
  Flags flags;
  flags.config_file = file.path();
  try {
    const LoadedConfig loaded =
        load_config(flags, [](const char*) -> std::optional<std::string> { return "/home/fuzz"; });
    for (const Setting& setting : loaded.settings) {
      if (setting.name == "db" || setting.name == "redis") {
        fuzz::require(!has_password(setting.value) ||
                      setting.value.find("***") != std::string::npos);
      }
    }
  } catch (const Error& error) {
    fuzz::require(error.code() == Code::kUsage);
    fuzz::require(!has_control(error.message()) && utf8_length(error.message()).has_value());
    // A key is named, a value is not.
    fuzz::require(error.id() == "config.key" ||
                  error.message().find("hunter2") == std::string::npos);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const MemoryFile file;
  const std::string text(fuzz::text_of(data, size));
  load(file, text);
  load(file, "db = '" + text + "'\n");

  fuzz::require(has_password(text) || without_password(text) == text);
  std::string password = text;
  std::erase(password, '=');  // with one, a part of it may pass for a parameter
  if (!password.empty()) {
    fuzz::require(without_password("postgres://u:" + password + "@h/t") == "postgres://u:***@h/t");
  }
  return 0;
}
