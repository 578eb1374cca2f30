// JSON as tokctl reads it wherever a credential or a person's data hangs on it: to the letter, and
// meaning the same to every reader.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string_view>

namespace tokctl {

inline constexpr int kJsonDepthMax = 16;

// The object that `text` is, to the letter of RFC 8259. Nothing for any other value, for a byte
// order mark, for a member named twice (two readers would understand it differently) and for more
// than kJsonDepthMax levels.
std::optional<nlohmann::json> parse_json_object(std::string_view text);

}  // namespace tokctl
