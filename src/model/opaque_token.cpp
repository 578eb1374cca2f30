#include "model/opaque_token.h"

#include <zlib.h>

#include <algorithm>
#include <stdexcept>
#include <string>

#include "base/encoding.h"

namespace tokctl {
namespace {

constexpr std::size_t kPrefixSize = 4;
constexpr std::size_t kDigits = 43;
constexpr std::size_t kChecksumDigits = 6;
constexpr std::size_t kCheckedSize = kPrefixSize + kDigits;
static_assert(kCheckedSize + kChecksumDigits == kOpaqueTokenSize);

// 2^256 - 1. The digits are in the order of ASCII, so that texts of one length compare as numbers.
constexpr std::string_view kLargest = "yhjskwdA6OZ1AL1YmHWZWm8LLG7HjnuCA2j5rOw8Xp1";
static_assert(kLargest.size() == kDigits);

std::optional<TokenType> type_of(std::string_view prefix) {
  if (prefix == "tka_") return TokenType::kApi;
  if (prefix == "tkr_") return TokenType::kRefresh;
  if (prefix == "tkv_") return TokenType::kVerify;
  return std::nullopt;
}

std::string_view prefix_of(TokenType type) {
  switch (type) {
    case TokenType::kApi:
      return "tka_";
    case TokenType::kRefresh:
      return "tkr_";
    case TokenType::kVerify:
      return "tkv_";
    case TokenType::kWeb:
    case TokenType::kJwt:
      break;
  }
  throw std::invalid_argument("format_opaque_token: type");
}

bool is_digit(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

std::array<char, kChecksumDigits> checksum(std::string_view checked) {
  const auto crc = ::crc32(0, as_bytes(checked).data(), static_cast<uInt>(checked.size()));
  const std::array<std::uint8_t, 4> bytes{
      static_cast<std::uint8_t>(crc >> 24), static_cast<std::uint8_t>(crc >> 16),
      static_cast<std::uint8_t>(crc >> 8), static_cast<std::uint8_t>(crc)};
  std::array<char, kChecksumDigits> digits;
  base62_encode_to(bytes, digits);
  return digits;
}

}  // namespace

std::optional<TokenType> parse_opaque_token(std::string_view text) {
  if (text.size() != kOpaqueTokenSize)
    return std::nullopt;  // before any work: `text` may be of any length
  const auto type = type_of(text.substr(0, kPrefixSize));
  const auto digits = text.substr(kPrefixSize, kDigits);
  if (!type || !std::ranges::all_of(digits, is_digit) || digits > kLargest) return std::nullopt;
  const auto expected = checksum(text.substr(0, kCheckedSize));
  if (!std::ranges::equal(text.substr(kCheckedSize), expected)) return std::nullopt;
  return type;
}

SecretString format_opaque_token(TokenType type,
                                 std::span<const std::uint8_t, kOpaqueSecretSize> secret) {
  auto text = SecretString::of_size(kOpaqueTokenSize);
  std::ranges::copy(prefix_of(type), text.fill().begin());
  base62_encode_to(secret, text.fill().subspan(kPrefixSize, kDigits));
  std::ranges::copy(checksum(text.reveal().substr(0, kCheckedSize)),
                    text.fill().subspan(kCheckedSize).begin());
  return text;
}

OpaqueTokenScanner::~OpaqueTokenScanner() { wipe(candidate_.data(), candidate_.size()); }

void OpaqueTokenScanner::feed(std::string_view piece) {
  for (std::size_t at = 0; at < piece.size(); ++at) {
    if (size_ == 0) {
      // No token begins before the next underscore but by the three bytes in front of it.
      const std::size_t underscore = std::min(piece.find('_', at), piece.size());
      for (std::size_t i = std::max(at + 3, underscore) - 3; i < underscore; ++i) {
        last_ = {last_[1], last_[2], piece[i]};
      }
      taken_ += underscore - at;
      at = underscore;
      if (at == piece.size()) return;
    }
    take(piece[at]);
    ++taken_;
  }
}

void OpaqueTokenScanner::take(char byte) {
  // An underscore is no digit, so it ends one candidate and may begin the next.
  if (byte == '_') {
    const std::array<char, kPrefixSize> prefix{last_[0], last_[1], last_[2], byte};
    size_ = 0;
    if (type_of({prefix.data(), prefix.size()})) {
      std::ranges::copy(prefix, candidate_.begin());
      size_ = kPrefixSize;
    }
  } else if (size_ > 0 && !is_digit(byte)) {
    size_ = 0;
  } else if (size_ > 0) {
    candidate_[size_++] = byte;
    if (size_ == kOpaqueTokenSize) {
      const std::string_view text(candidate_.data(), candidate_.size());
      if (parse_opaque_token(text)) found_(text, taken_ + 1 - kOpaqueTokenSize);
      size_ = 0;
    }
  }
  last_ = {last_[1], last_[2], byte};
}

}  // namespace tokctl
