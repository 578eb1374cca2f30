#include "base/config.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "base/config_file.h"
#include "base/error.h"
#include "base/settings.h"
#include "base/utf8.h"

namespace tokctl {
namespace {

constexpr std::size_t kKeyShownMax = 40;

// The tables there are; their settings' names start with them.
constexpr std::string_view kTables[] = {"cache", "policy", "serve"};

std::optional<std::string> non_empty(const Environment& environment, const char* variable) {
  auto value = environment(variable);
  return value && !value->empty() ? value : std::nullopt;
}

[[noreturn]] void refuse(std::string id, const std::string& message, std::string hint = {}) {
  throw Error(Code::kUsage, std::move(id), message, std::move(hint));
}

// The XDG base directory: `variable`, or `fallback` under the home folder. Nothing when neither is
// known.
std::optional<std::string> xdg_folder(const Environment& environment, const char* variable,
                                      std::string_view fallback) {
  const auto folder = non_empty(environment, variable);
  if (folder && folder->starts_with('/'))
    return *folder + "/tokctl";  // "must be absolute", or is ignored
  const auto home = non_empty(environment, "HOME");
  if (!home) return std::nullopt;
  return fmt::format("{}/{}/tokctl", *home, fallback);
}

std::optional<ConfigFile> find_file(const Flags& flags, const Environment& environment) {
  auto asked_for = flags.config_file;
  if (!asked_for) asked_for = non_empty(environment, "TOKCTL_CONFIG");
  if (asked_for) {
    auto file = read_config_file(*asked_for, kTables);
    if (!file) refuse("config.file", fmt::format("{} does not exist", printable(*asked_for)));
    return file;
  }
  if (const auto folder = xdg_folder(environment, "XDG_CONFIG_HOME", ".config")) {
    if (auto file = read_config_file(*folder + "/config.toml", kTables)) return file;
  }
  return read_config_file("/etc/tokctl/config.toml", kTables);
}

class Loader {
 public:
  Loader() {
    for (const KnownSetting& known : known_settings()) {
      loaded_.settings.push_back({std::string(known.name), {}, Origin::kDefault, {}});
    }
  }

  void apply(const ConfigFile& file) {
    loaded_.file = file.path;
    for (const FileValue& given : file.values) {
      const auto known = std::ranges::find(known_settings(), given.name, &KnownSetting::name);
      if (known == known_settings().end()) {
        refuse("config.key", fmt::format("{}: unknown key {}", given.where,
                                         printable(given.name.substr(0, kKeyShownMax))));
      }
      if (file.exposed && known->is_url && given.text && has_password(*given.text)) {
        refuse("config.password",
               fmt::format("{}: a password in a file that others may read", given.where),
               fmt::format("chmod 600 {}", printable(file.path)));
      }
      const bool right_type = given.type == known->type;
      set(*known, right_type ? given.text : std::nullopt,
          fmt::format("{}: {}", given.where, known->name), Origin::kFile, file.path);
    }
  }

  void apply(const Environment& environment) {
    for (const KnownSetting& known : known_settings()) {
      const auto value = non_empty(environment, known.variable);
      if (value) set(known, value, known.variable, Origin::kEnvironment, known.variable);
    }
  }

  void apply(const Flags& flags) {
    for (const KnownSetting& known : known_settings()) {
      if (known.given == nullptr || !(flags.*known.given)) continue;
      const std::string& value = *(flags.*known.given);
      if (known.is_url) {
        refuse_password(known.flag, value,
                        fmt::format("{}, a config file of mode 0600", known.variable));
      }
      set(known, value, std::string(known.flag), Origin::kFlag, std::string(known.flag));
    }
  }

  LoadedConfig finish(const Environment& environment) {
    Config& config = loaded_.config;
    if (config.db.empty()) config.db = "sqlite:" + data_folder(environment) + "/tokctl.db";
    for (std::size_t i = 0; i < known_settings().size(); ++i) {
      loaded_.settings[i].value = known_settings()[i].show(config);
    }
    return std::move(loaded_);
  }

 private:
  void set(const KnownSetting& known, const std::optional<std::string>& value,
           const std::string& named, Origin origin, std::string where) {
    if (!value || !known.set(loaded_.config, *value)) {
      refuse("config.value", fmt::format("{}: expected {}", named, known.expected));
    }
    Setting& setting = loaded_.settings[static_cast<std::size_t>(&known - known_settings().data())];
    setting.origin = origin;
    setting.where = std::move(where);
  }

  LoadedConfig loaded_;
};

}  // namespace

Environment system_environment() {
  return [](const char* name) -> std::optional<std::string> {
    const char* value = std::getenv(name);
    if (value == nullptr) return std::nullopt;
    return value;
  };
}

LoadedConfig load_config(const Flags& flags, const Environment& environment) {
  Loader loader;
  if (const auto file = find_file(flags, environment)) loader.apply(*file);
  loader.apply(environment);
  loader.apply(flags);
  return loader.finish(environment);
}

void refuse_password(std::string_view flag, std::string_view url, std::string_view instead) {
  if (!has_password(url)) return;
  refuse("config.password",
         fmt::format("{}: a password in an argument can be read by every user", flag),
         fmt::format("use {} or the client's own password file", instead));
}

void check_flags(const Flags& flags) { Loader().apply(flags); }

std::string data_folder(const Environment& environment) {
  if (auto folder = xdg_folder(environment, "XDG_DATA_HOME", ".local/share"))
    return *std::move(folder);
  refuse("config.home", "cannot tell where the data belongs: neither XDG_DATA_HOME nor HOME is set",
         "give --db");
}

}  // namespace tokctl
