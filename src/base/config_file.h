// The configuration file as it was written: names, values and where they stand, not yet looked at.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tokctl {

enum class FileType { kText, kNumber, kSwitch };

struct FileValue {
  std::string name;                 // "timeout", "policy.web_ttl"
  std::optional<std::string> text;  // nothing: of a type that no setting has
  FileType type;
  std::string where;  // file and line, for messages
};

struct ConfigFile {
  std::string path;
  bool exposed;  // others may read it
  std::vector<FileValue> values;
};

// Names in the tables `tables` are given with theirs in front; every other table is a value of no
// known type. Nothing when there is no such file. Throws Error(kUsage) for anything but a regular
// file of at most 64 KiB of TOML; the message names file and line and quotes nothing.
std::optional<ConfigFile> read_config_file(const std::string& path,
                                           std::span<const std::string_view> tables);

}  // namespace tokctl
