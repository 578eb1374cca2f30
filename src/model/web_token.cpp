#include "model/web_token.h"

#include <algorithm>
#include <stdexcept>

#include "base/encoding.h"
#include "base/uuid.h"

namespace tokctl {
namespace {

constexpr std::size_t kIdSize = 36;
constexpr std::size_t kTokenTextSize = base64_size(32);
constexpr std::size_t kInnerSize = kIdSize + 1 + kTokenTextSize;
static_assert(base64_size(kInnerSize) == kWebTokenSize && kInnerSize % 3 == 0, "no outer padding");

using Inner = std::array<std::uint8_t, kInnerSize>;

}  // namespace

std::optional<WebToken> parse_web_token(std::string_view text) {
  if (text.size() != kWebTokenSize)
    return std::nullopt;  // before any work: `text` may be of any length
  Inner inner;
  std::optional<WebToken> parsed;
  if (base64_decode_to(text, inner)) {
    const std::string_view all = as_text(inner);
    WebToken token{std::string(all.substr(0, kIdSize)), {}};
    if (is_uuid(token.session_id) && all[kIdSize] == ':' &&
        base64_decode_to(all.substr(kIdSize + 1), token.token)) {
      parsed = token;
    }
    wipe(token.token);
  }
  wipe(inner);
  return parsed;
}

SecretString format_web_token(std::string_view session_id,
                              const std::array<std::uint8_t, 32>& token) {
  if (session_id.size() != kIdSize) throw std::invalid_argument("format_web_token: session id");
  auto inner = SecretString::of_size(kInnerSize);
  const auto out = std::ranges::copy(session_id, inner.fill().begin()).out;
  *out = ':';
  base64_encode_to(token, inner.fill().last(kTokenTextSize));
  auto text = SecretString::of_size(kWebTokenSize);
  base64_encode_to(as_bytes(inner.reveal()), text.fill());
  return text;
}

}  // namespace tokctl
