// JSON as tokctl reads it wherever a credential or a person's data hangs on it: to the letter, and
// meaning the same to every reader.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tokctl {

inline constexpr int kJsonDepthMax = 16;

// Whether the JSON library reads all of `text` and nothing but it: it passes over a byte order
// mark, and takes NUL for the end, whatever comes behind. To be asked before every use of it.
bool all_is_read_as_json(std::string_view text);

// The object that `text` is, to the letter of RFC 8259. Nothing for any other value, for a byte
// order mark, for a member named twice (two readers would understand it differently) and for more
// than kJsonDepthMax levels.
std::optional<nlohmann::json> parse_json_object(std::string_view text);

// Appends a string with its quotes. Malformed UTF-8 becomes U+FFFD: JSON has no way to carry it.
void append_json_string(std::string& out, std::string_view text);
void append_json_strings(std::string& out, const std::vector<std::string>& list);

}  // namespace tokctl
