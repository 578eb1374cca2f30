#include "base/config.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <utility>

#include "base/config_file.h"
#include "base/error.h"
#include "base/time_text.h"
#include "base/utf8.h"

namespace tokctl {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t kKeyShownMax = 40;

// ---- kinds of setting: how each is read from text, shown again, and what it says it expects
// ---------------

struct Kind {
  static constexpr bool kNumber = false;  // a string in the file
};

struct Text : Kind {
  static constexpr std::string_view kExpected = "text without control characters";
  static std::optional<std::string> parse(std::string_view text) {
    if (text.empty() || has_control(text)) return std::nullopt;
    return std::string(text);
  }
  static std::string show(const std::string& value) { return value; }
};

struct Url : Text {
  static std::string show(const std::string& value) { return without_password(value); }
};

struct NameLength : Kind {
  static constexpr bool kNumber = true;
  static constexpr std::string_view kExpected = "a whole number from 1 to 200";
  static std::optional<std::size_t> parse(std::string_view text) {
    std::size_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    if (value < 1 || value > 200) return std::nullopt;
    return value;
  }
  static std::string show(std::size_t value) { return std::to_string(value); }
};

struct Timeout : Kind {
  static constexpr std::string_view kExpected = "a time such as 5s or 250ms, at most 10m";
  static std::optional<milliseconds> parse(std::string_view text) {
    const auto value = parse_timeout(text);
    return value && *value <= std::chrono::minutes(10) ? value : std::nullopt;
  }
  static std::string show(milliseconds value) { return format_timeout(value); }
};

struct Floor : Kind {
  static constexpr std::string_view kExpected = "0 or a time such as 400ms, at most 10s";
  static std::optional<milliseconds> parse(std::string_view text) {
    if (text == "0") return milliseconds(0);
    const auto value = parse_timeout(text);
    return value && *value <= std::chrono::seconds(10) ? value : std::nullopt;
  }
  static std::string show(milliseconds value) {
    return value == milliseconds(0) ? "0" : format_timeout(value);
  }
};

struct Lifetime : Kind {
  static constexpr std::string_view kExpected = "a time such as 24h or 30d";
  static std::optional<Seconds> parse(std::string_view text) { return parse_duration(text); }
  static std::string show(Seconds value) { return format_duration(value); }
};

// `Never` is how "never delete" is kept, `0` is "as soon as it has ended".
template <Seconds::rep Never>
struct Retention : Kind {
  static constexpr std::string_view kExpected = "never or a time such as 30d";
  static std::optional<Seconds> parse(std::string_view text) {
    if (text == "never") return Seconds(Never);
    if (text == "0") return Seconds(0);
    return parse_duration(text);
  }
  static std::string show(Seconds value) {
    if (value == Seconds(Never)) return "never";
    return value == Seconds(0) ? "0" : format_duration(value);
  }
};
using KeptAtMost = Retention<kMaxDuration.count()>;
using KeptForEver = Retention<0>;

// ---- the settings
// -----------------------------------------------------------------------------------------

struct Known {
  std::string_view name;  // in the file
  const char* variable;
  std::string_view flag;  // empty: none
  std::optional<std::string> Flags::* given;
  bool is_url;
  bool is_number;
  std::string_view expected;
  bool (*set)(Config&, std::string_view text);  // false: not what is expected
  std::string (*show)(const Config&);
};

template <typename As, auto Field>
constexpr Known known(std::string_view name, const char* variable, std::string_view flag = {},
                      std::optional<std::string> Flags::* given = nullptr) {
  return {name,
          variable,
          flag,
          given,
          std::is_same_v<As, Url>,
          As::kNumber,
          As::kExpected,
          [](Config& config, std::string_view text) {
            auto value = As::parse(text);
            if (!value) return false;
            Field(config) = *std::move(value);
            return true;
          },
          [](const Config& config) { return As::show(Field(config)); }};
}

// NOLINTNEXTLINE(bugprone-macro-parentheses): a member's name takes none
#define FIELD(member) [](auto& config) -> auto& { return config.member; }
constexpr Known kKnown[] = {
    known<Url, FIELD(db)>("db", "TOKCTL_DB", "--db", &Flags::db),
    known<Url, FIELD(redis)>("redis", "TOKCTL_REDIS", "--redis", &Flags::redis),
    known<Text, FIELD(key_file)>("key_file", "TOKCTL_KEY_FILE", "--key-file", &Flags::key_file),
    known<Timeout, FIELD(timeout)>("timeout", "TOKCTL_TIMEOUT", "--timeout", &Flags::timeout),
    known<NameLength, FIELD(policy.full_name_min)>("policy.full_name_min", "TOKCTL_FULL_NAME_MIN"),
    known<Floor, FIELD(policy.login_floor)>("policy.login_floor", "TOKCTL_LOGIN_FLOOR"),
    known<Lifetime, FIELD(policy.web_ttl)>("policy.web_ttl", "TOKCTL_WEB_TTL"),
    known<KeptAtMost, FIELD(policy.session_retention)>("policy.session_retention",
                                                       "TOKCTL_SESSION_RETENTION"),
    known<KeptForEver, FIELD(policy.event_retention)>("policy.event_retention",
                                                      "TOKCTL_EVENT_RETENTION"),
};
#undef FIELD

constexpr std::string_view kTable = "policy";  // the one table; its settings' names start with it

std::optional<std::string> non_empty(const Environment& environment, const char* variable) {
  auto value = environment(variable);
  return value && !value->empty() ? value : std::nullopt;
}

[[noreturn]] void refuse(std::string id, const std::string& message, std::string hint = {}) {
  throw Error(Code::kUsage, std::move(id), message, std::move(hint));
}

// ---- the file
// ---------------------------------------------------------------------------------------------

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
    auto file = read_config_file(*asked_for, kTable);
    if (!file) refuse("config.file", fmt::format("{} does not exist", printable(*asked_for)));
    return file;
  }
  if (const auto folder = xdg_folder(environment, "XDG_CONFIG_HOME", ".config")) {
    if (auto file = read_config_file(*folder + "/config.toml", kTable)) return file;
  }
  return read_config_file("/etc/tokctl/config.toml", kTable);
}

// ---- from the lowest rank to the highest
// ------------------------------------------------------------------

class Loader {
 public:
  Loader() {
    for (const Known& known : kKnown) {
      loaded_.settings.push_back({std::string(known.name), {}, Origin::kDefault, {}});
    }
  }

  void apply(const ConfigFile& file) {
    loaded_.file = file.path;
    for (const FileValue& given : file.values) {
      const auto known = std::ranges::find(kKnown, given.name, &Known::name);
      if (known == std::end(kKnown)) {
        refuse("config.key", fmt::format("{}: unknown key {}", given.where,
                                         printable(given.name.substr(0, kKeyShownMax))));
      }
      if (file.exposed && known->is_url && given.text && has_password(*given.text)) {
        refuse("config.password",
               fmt::format("{}: a password in a file that others may read", given.where),
               fmt::format("chmod 600 {}", printable(file.path)));
      }
      const bool right_type = given.is_number == known->is_number;
      set(*known, right_type ? given.text : std::nullopt,
          fmt::format("{}: {}", given.where, known->name), Origin::kFile, file.path);
    }
  }

  void apply(const Environment& environment) {
    for (const Known& known : kKnown) {
      const auto value = non_empty(environment, known.variable);
      if (value) set(known, value, known.variable, Origin::kEnvironment, known.variable);
    }
  }

  void apply(const Flags& flags) {
    for (const Known& known : kKnown) {
      if (known.given == nullptr || !(flags.*known.given)) continue;
      const std::string& value = *(flags.*known.given);
      if (known.is_url && has_password(value)) {
        refuse("config.password",
               fmt::format("{}: a password in an argument can be read by every user", known.flag),
               fmt::format("use {}, a config file of mode 0600 or the client's own password file",
                           known.variable));
      }
      set(known, value, std::string(known.flag), Origin::kFlag, std::string(known.flag));
    }
  }

  LoadedConfig finish(const Environment& environment) {
    Config& config = loaded_.config;
    if (config.db.empty()) config.db = "sqlite:" + data_folder(environment) + "/tokctl.db";
    for (std::size_t i = 0; i < std::size(kKnown); ++i) {
      loaded_.settings[i].value = kKnown[i].show(config);
    }
    return std::move(loaded_);
  }

 private:
  void set(const Known& known, const std::optional<std::string>& value, const std::string& named,
           Origin origin, std::string where) {
    if (!value || !known.set(loaded_.config, *value)) {
      refuse("config.value", fmt::format("{}: expected {}", named, known.expected));
    }
    Setting& setting = loaded_.settings[static_cast<std::size_t>(&known - kKnown)];
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

std::string data_folder(const Environment& environment) {
  if (auto folder = xdg_folder(environment, "XDG_DATA_HOME", ".local/share"))
    return *std::move(folder);
  refuse("config.home", "cannot tell where the data belongs: neither XDG_DATA_HOME nor HOME is set",
         "give --db");
}

}  // namespace tokctl
