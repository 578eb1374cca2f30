// The text of a web token: base64(SessionID ":" base64(32 bytes)), always 108 characters.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/secret.h"

namespace tokctl {

inline constexpr std::size_t kWebTokenSize = 108;

struct WebToken {
  std::string session_id;  // a UUID by its spelling; whether it exists is another question
  std::array<std::uint8_t, 32> token;
};

// Parses without any I/O. Nothing unless `text` is, to the letter, what format_web_token would
// write: both layers canonical base64, exactly one colon in its place, a lowercase non-nil UUID
// before it.
std::optional<WebToken> parse_web_token(std::string_view text);

SecretString format_web_token(std::string_view session_id,
                              const std::array<std::uint8_t, 32>& token);

}  // namespace tokctl
