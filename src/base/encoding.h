// Text encodings of bytes, strict both ways: one value has exactly one accepted spelling.
//
// Every decoder refuses what its encoder would not have written (wrong alphabet or case, white
// space, missing or surplus padding, set trailing bits), so that two different texts never mean the
// same credential.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tokctl {

using Bytes = std::vector<std::uint8_t>;

inline std::span<const std::uint8_t> as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}
inline std::string_view as_text(std::span<const std::uint8_t> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// Lowercase hexadecimal (RFC 4648 §8, lower case only).
std::string hex_encode(std::span<const std::uint8_t> bytes);
std::optional<Bytes> hex_decode(std::string_view text);

// Base64 with padding (RFC 4648 §4).
std::string base64_encode(std::span<const std::uint8_t> bytes);
std::optional<Bytes> base64_decode(std::string_view text);
// Length of base64_encode's result for `size` bytes.
constexpr std::size_t base64_size(std::size_t size) { return (size + 2) / 3 * 4; }
// As above into a buffer of the caller, for hot paths and secrets: no allocation. `out` holds
// exactly base64_size(bytes.size()) characters; the decoder returns false unless `text` is
// canonical and decodes to exactly out.size() bytes.
void base64_encode_to(std::span<const std::uint8_t> bytes, std::span<char> out);
bool base64_decode_to(std::string_view text, std::span<std::uint8_t> out);

// Base64url without padding (RFC 4648 §5, as RFC 7515 §2 uses it).
std::string base64url_encode(std::span<const std::uint8_t> bytes);
std::optional<Bytes> base64url_decode(std::string_view text);

// Base62 with digits 0-9A-Za-z, the bytes read as one big-endian number, zero-padded to `width`
// digits. Throws std::invalid_argument when the number needs more digits than that, and for more
// than 64 bytes.
std::string base62_encode(std::span<const std::uint8_t> bytes, std::size_t width);
// As above into a buffer of the caller, which is the width: for secrets.
void base62_encode_to(std::span<const std::uint8_t> bytes, std::span<char> out);
// The `size` bytes that base62_encode would have written as `text`; nothing when a digit is foreign
// or the number does not fit.
std::optional<Bytes> base62_decode(std::string_view text, std::size_t size);

}  // namespace tokctl
