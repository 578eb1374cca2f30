#include "base/encoding.h"

#include <sodium.h>

#include <algorithm>
#include <array>
#include <stdexcept>

namespace tokctl {
namespace {

constexpr std::size_t kBase62Max = 64;  // bytes
constexpr std::string_view kBase62 =
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

std::string sodium_encode(std::span<const std::uint8_t> bytes, int variant) {
  std::string text(sodium_base64_encoded_len(bytes.size(), variant), '\0');
  sodium_bin2base64(text.data(), text.size(), bytes.data(), bytes.size(), variant);
  text.pop_back();  // libsodium's terminator
  return text;
}

// libsodium refuses foreign characters, wrong padding and set trailing bits; it stops early only at
// the end of `text`, which `end` proves. But 1.0.18 takes any byte above 127 for a digit, so those
// are refused here.
bool sodium_decode(std::string_view text, int variant, std::span<std::uint8_t> out,
                   std::size_t& size) {
  size = 0;
  if (text.empty())
    return true;  // a null pointer is not for libsodium, not even with no bytes behind it
  if (!std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 128; }))
    return false;
  const char* end = nullptr;
  return sodium_base642bin(out.data(), out.size(), text.data(), text.size(), nullptr, &size, &end,
                           variant) == 0 &&
         end == text.data() + text.size();
}

std::optional<Bytes> sodium_decode(std::string_view text, int variant) {
  Bytes bytes(text.size() / 4 * 3 + 3);
  std::size_t size = 0;
  if (!sodium_decode(text, variant, bytes, size)) return std::nullopt;
  bytes.resize(size);
  return bytes;
}

}  // namespace

std::string hex_encode(std::span<const std::uint8_t> bytes) {
  std::string text(bytes.size() * 2 + 1, '\0');
  sodium_bin2hex(text.data(), text.size(), bytes.data(), bytes.size());
  text.pop_back();
  return text;
}

std::optional<Bytes> hex_decode(std::string_view text) {
  const auto lower = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
  if (text.size() % 2 != 0 || !std::ranges::all_of(text, lower)) return std::nullopt;
  Bytes bytes(text.size() / 2);
  if (bytes.empty()) return bytes;
  if (sodium_hex2bin(bytes.data(), bytes.size(), text.data(), text.size(), nullptr, nullptr,
                     nullptr) != 0)
    return std::nullopt;
  return bytes;
}

std::string base64_encode(std::span<const std::uint8_t> bytes) {
  return sodium_encode(bytes, sodium_base64_VARIANT_ORIGINAL);
}

std::optional<Bytes> base64_decode(std::string_view text) {
  return sodium_decode(text, sodium_base64_VARIANT_ORIGINAL);
}

void base64_encode_to(std::span<const std::uint8_t> bytes, std::span<char> out) {
  constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  if (out.size() != base64_size(bytes.size()))
    throw std::invalid_argument("base64_encode_to: size");
  std::size_t at = 0;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t left = bytes.size() - i;
    const unsigned group = static_cast<unsigned>(bytes[i]) << 16 |
                           (left > 1 ? static_cast<unsigned>(bytes[i + 1]) << 8 : 0U) |
                           (left > 2 ? static_cast<unsigned>(bytes[i + 2]) : 0U);
    out[at++] = kDigits[group >> 18];
    out[at++] = kDigits[group >> 12 & 63];
    out[at++] = left > 1 ? kDigits[group >> 6 & 63] : '=';
    out[at++] = left > 2 ? kDigits[group & 63] : '=';
  }
}

bool base64_decode_to(std::string_view text, std::span<std::uint8_t> out) {
  std::size_t size = 0;
  return text.size() == base64_size(out.size()) &&
         sodium_decode(text, sodium_base64_VARIANT_ORIGINAL, out, size) && size == out.size();
}

std::string base64url_encode(std::span<const std::uint8_t> bytes) {
  return sodium_encode(bytes, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

std::optional<Bytes> base64url_decode(std::string_view text) {
  return sodium_decode(text, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

std::string base62_encode(std::span<const std::uint8_t> bytes, std::size_t width) {
  std::string text(width, '0');
  base62_encode_to(bytes, text);
  return text;
}

void base62_encode_to(std::span<const std::uint8_t> bytes, std::span<char> out) {
  // Long division of the whole number, in limbs of 32 bits, by as many digits as fit in one.
  constexpr std::size_t kDigits = 5;
  constexpr std::uint32_t kDivisor = 62U * 62 * 62 * 62 * 62;
  std::array<std::uint32_t, kBase62Max / 4> limbs{};
  if (bytes.size() > kBase62Max) throw std::invalid_argument("base62_encode: size");
  const std::span number(limbs.data(), (bytes.size() + 3) / 4);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const std::size_t from_end = bytes.size() - 1 - i;
    number[number.size() - 1 - from_end / 4] |= static_cast<std::uint32_t>(bytes[i])
                                                << from_end % 4 * 8;
  }
  for (std::size_t end = out.size(); end > 0;) {
    std::uint64_t rest = 0;
    const std::size_t digits = end >= kDigits ? kDigits : 1;
    const std::uint32_t divisor = digits == kDigits ? kDivisor : 62;
    for (std::uint32_t& limb : number) {
      rest = rest << 32 | limb;
      limb = static_cast<std::uint32_t>(rest / divisor);
      rest %= divisor;
    }
    for (std::size_t i = 0; i < digits; ++i) {
      out[--end] = kBase62[rest % 62];
      rest /= 62;
    }
  }
  const bool fits = std::ranges::all_of(number, [](std::uint32_t limb) { return limb == 0; });
  sodium_memzero(number.data(), number.size() * sizeof(std::uint32_t));
  if (!fits) throw std::invalid_argument("base62_encode: width too small");
}

std::optional<Bytes> base62_decode(std::string_view text, std::size_t size) {
  Bytes number(size);
  for (const char c : text) {
    const std::size_t digit = kBase62.find(c);
    if (digit == std::string_view::npos) return std::nullopt;
    unsigned carry = static_cast<unsigned>(digit);
    for (std::size_t i = size; i-- > 0;) {  // number = number * 62 + digit
      carry += number[i] * 62U;
      number[i] = static_cast<std::uint8_t>(carry);
      carry >>= 8;
    }
    if (carry != 0) return std::nullopt;
  }
  return number;
}

}  // namespace tokctl
