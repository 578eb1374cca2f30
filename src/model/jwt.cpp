#include "model/jwt.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

namespace tokctl {
namespace {

constexpr std::uint32_t kNoDigit = 64;

// What each character stands for.
constexpr std::array<std::uint8_t, 256> kDigits = [] {
  std::array<std::uint8_t, 256> digits{};
  digits.fill(kNoDigit);
  std::uint8_t value = 0;
  for (const char c : std::string_view("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                       "0123456789-_"))
    digits[static_cast<unsigned char>(c)] = value++;
  return digits;
}();

std::uint32_t digit_of(char c) { return kDigits[static_cast<unsigned char>(c)]; }

bool all_digits(std::string_view text) {
  std::uint32_t seen = 0;  // kNoDigit is a bit that no digit has
  for (const char c : text) seen |= digit_of(c);
  return (seen & kNoDigit) == 0;
}

}  // namespace

std::optional<JwsParts> split_jws(std::string_view text) {
  if (text.size() > kJwtMax) return std::nullopt;
  const std::size_t first = text.find('.');
  const std::size_t second = first == text.npos ? first : text.find('.', first + 1);
  if (second == text.npos || first == 0 || second + 1 == text.size()) return std::nullopt;
  const JwsParts parts{.header = text.substr(0, first),
                       .payload = text.substr(first + 1, second - first - 1),
                       .signature = text.substr(second + 1),
                       .signed_text = text.substr(0, second)};
  if (!all_digits(parts.header) || !all_digits(parts.payload) || !all_digits(parts.signature))
    return std::nullopt;
  return parts;
}

std::optional<JwsParts> split_jwt(std::string_view text) {
  auto parts = split_jws(text);
  if (parts && parts->payload.empty()) parts.reset();
  return parts;
}

std::optional<Bytes> decode_jws_part(std::string_view part) {
  const std::size_t rest = part.size() % 4;
  if (rest == 1) return std::nullopt;
  Bytes bytes(part.size() / 4 * 3 + (rest == 0 ? 0 : rest - 1));
  std::uint32_t seen = 0;
  auto out = bytes.begin();
  std::size_t at = 0;
  for (; at + 4 <= part.size(); at += 4) {
    const std::uint32_t a = digit_of(part[at]), b = digit_of(part[at + 1]),
                        c = digit_of(part[at + 2]), d = digit_of(part[at + 3]);
    seen |= a | b | c | d;
    const std::uint32_t group = a << 18 | b << 12 | c << 6 | d;
    *out++ = static_cast<std::uint8_t>(group >> 16);
    *out++ = static_cast<std::uint8_t>(group >> 8);
    *out++ = static_cast<std::uint8_t>(group);
  }
  if (rest != 0) {
    const std::uint32_t a = digit_of(part[at]), b = digit_of(part[at + 1]),
                        c = rest == 3 ? digit_of(part[at + 2]) : 0;
    seen |= a | b | c;
    const std::uint32_t group = a << 18 | b << 12 | c << 6;
    if ((rest == 2 ? group & 0xFFFF : group & 0xFF) != 0) return std::nullopt;  // trailing bits
    *out++ = static_cast<std::uint8_t>(group >> 16);
    if (rest == 3) *out++ = static_cast<std::uint8_t>(group >> 8);
  }
  if ((seen & kNoDigit) != 0) return std::nullopt;
  return bytes;
}

std::string format_jose_header(std::string_view alg, std::string_view kid) {
  nlohmann::ordered_json header;
  header["alg"] = alg;
  header["kid"] = kid;
  header["typ"] = "JWT";
  return header.dump();
}

std::string format_jwt_claims(const JwtClaims& claims) {
  nlohmann::ordered_json json = nlohmann::ordered_json::object();
  const auto text = [&](const char* name, const std::string& value) {
    if (!value.empty()) json[name] = value;
  };
  const auto time = [&](const char* name, const std::optional<std::int64_t>& value) {
    if (value) json[name] = *value;
  };
  text("iss", claims.iss);
  text("sub", claims.sub);
  if (claims.aud.size() == 1) {
    json["aud"] = claims.aud.front();
  } else if (!claims.aud.empty()) {
    json["aud"] = claims.aud;
  }
  time("iat", claims.iat);
  time("nbf", claims.nbf);
  time("exp", claims.exp);
  text("jti", claims.jti);
  text("username", claims.username);
  text("name", claims.name);
  if (!claims.roles.empty()) json["roles"] = claims.roles;
  text("source", claims.source);
  for (const auto& [name, value] : claims.more) json[name] = value;
  return json.dump();
}

bool is_registered_claim(std::string_view name) {
  constexpr std::array<std::string_view, 11> kNames = {
      "iss", "sub", "aud", "iat", "nbf", "exp", "jti", "username", "name", "roles", "source"};
  return std::ranges::find(kNames, name) != kNames.end();
}

}  // namespace tokctl
