#include "base/config_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <utility>

#include "base/error.h"
#include "base/file.h"
#include "base/utf8.h"

// Some of what toml++ 3.3 asserts, and without assertions takes for granted, a malformed file
// refutes: `[;x]` is one. All of those places go on to report a plain error when neither happens.
#undef NDEBUG
#define TOML_ASSERT(expression) static_assert(true)
#define TOML_HEADER_ONLY 1
#define TOML_EXCEPTIONS 0
#define TOML_ENABLE_FORMATTERS 0
#include <toml++/toml.h>

namespace tokctl {
namespace {

constexpr std::size_t kFileMax = 64 << 10;

// toml++ 3.3 runs into undefined behaviour when it asks whether some characters below U+FEFF, é
// among them, are white space. So it never sees one: each byte above 0x7F goes in as a character of
// its own, U+10080 to U+100FF, which is beyond that question, and comes out as the byte again.
std::string disguise(std::string_view text) {
  std::string ascii;
  for (const char c : text) {
    const auto byte = static_cast<std::uint8_t>(c);
    if (byte < 0x80) {
      ascii += c;
    } else {
      ascii += "\xF0\x90";
      ascii += static_cast<char>(0x80 | byte >> 6);
      ascii += static_cast<char>(0x80 | (byte & 0x3F));
    }
  }
  return ascii;
}

std::string undisguise(std::string_view text) {
  std::string plain;
  while (!text.empty()) {
    std::string_view rest = text;
    const auto code = take_code_point(rest);
    if (code && *code >= 0x10080 && *code <= 0x100FF) {
      plain += static_cast<char>(*code & 0xFF);
    } else {
      plain += text.substr(0, text.size() - rest.size());
    }
    text = rest;
  }
  return plain;
}

// The line of the first byte that is not UTF-8, or nothing.
std::optional<std::size_t> malformed_line(std::string_view text) {
  for (std::size_t line = 1; !text.empty();) {
    const auto code = take_code_point(text);
    if (!code) return line;
    line += *code == U'\n';
  }
  return std::nullopt;
}

// The line at which there are more dots, those of comments aside, than all settings together have
// use for, or nothing. toml++ bounds how deep values nest, but not how many tables a dotted key
// opens one in the other, and takes those down again by recursion.
std::optional<std::size_t> overly_dotted_line(std::string_view text) {
  constexpr std::size_t kDotsMax = 1000;
  std::size_t dots = 0;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    const std::size_t start = std::min(line.find_first_not_of(" \t"), line.size());
    if (line.substr(start).starts_with('#')) continue;
    dots += static_cast<std::size_t>(std::ranges::count(line, '.'));
    if (dots > kDotsMax) return number;
  }
  return std::nullopt;
}

class Reader {
 public:
  Reader(std::string path, bool exposed) : file_{std::move(path), exposed, {}} {}

  ConfigFile read(std::string_view text, std::span<const std::string_view> tables) {
    constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
    if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
    if (const auto line = malformed_line(text)) refuse(*line);
    if (const auto line = overly_dotted_line(text)) refuse(*line);
    const toml::parse_result result = toml::parse(disguise(text));
    if (!result) refuse(result.error().source().begin.line);  // its description quotes the file
    for (const auto& [key, node] : result.table()) {
      const bool known = std::ranges::find(tables, key.str()) != tables.end();
      const auto* inner = known ? node.as_table() : nullptr;
      if (inner == nullptr) {
        add(undisguise(key.str()), node);
        continue;
      }
      for (const auto& [name, value] : *inner) {
        add(fmt::format("{}.{}", key.str(), undisguise(name.str())), value);
      }
    }
    return std::move(file_);
  }

 private:
  std::string where(std::size_t line) const {
    return fmt::format("{}, line {}", printable(file_.path), line);
  }

  [[noreturn]] void refuse(std::size_t line) const {
    throw Error(Code::kUsage, "config.syntax", where(line) + ": not valid TOML");
  }

  void add(std::string name, const toml::node& node) {
    const std::size_t line = node.source().begin.line;
    FileValue value{std::move(name), std::nullopt, FileType::kText, where(line)};
    if (const auto* number = node.as_integer()) {
      value.type = FileType::kNumber;
      value.text = std::to_string(number->get());
    }
    if (const auto* boolean = node.as_boolean()) {
      value.type = FileType::kSwitch;
      value.text = boolean->get() ? "true" : "false";
    }
    if (const auto* string = node.as_string()) {
      value.text = undisguise(string->get());
      if (!utf8_length(*value.text)) refuse(line);  // an escape for a disguise
    }
    file_.values.push_back(std::move(value));
  }

  ConfigFile file_;
};

}  // namespace

std::optional<ConfigFile> read_config_file(const std::string& path,
                                           std::span<const std::string_view> tables) {
  const auto file = read_file(path, kFileMax);
  if (!file) return std::nullopt;
  return Reader(path, file->exposed).read(file->text.reveal(), tables);
}

}  // namespace tokctl
