// The settings there are: what each is called, how it is read from text and shown again.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/config.h"
#include "base/config_file.h"

namespace tokctl {

struct KnownSetting {
  std::string_view name;  // in the file
  const char* variable;
  std::string_view flag;  // empty: none
  std::optional<std::string> Flags::* given;
  bool is_url;
  FileType type;
  std::string_view expected;                    // what a value has to be, for messages
  bool (*set)(Config&, std::string_view text);  // false: not what is expected
  std::string (*show)(const Config&);
};

// In the order in which they are listed.
std::span<const KnownSetting> known_settings();

}  // namespace tokctl
