#include "model/jwt.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

namespace tokctl {
namespace {

constexpr std::array<bool, 256> kDigits = [] {
  std::array<bool, 256> digits{};
  for (const char c : std::string_view("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                       "0123456789-_"))
    digits[static_cast<unsigned char>(c)] = true;
  return digits;
}();

}  // namespace

std::optional<JwsParts> split_jws(std::string_view text) {
  if (text.size() > kJwtMax) return std::nullopt;
  std::array<std::size_t, 2> dots{};
  std::size_t found = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (kDigits[static_cast<unsigned char>(text[i])]) continue;
    if (text[i] != '.' || found == dots.size()) return std::nullopt;
    dots[found++] = i;
  }
  if (found != dots.size() || dots[0] == 0 || dots[1] + 1 == text.size()) return std::nullopt;
  return JwsParts{.header = text.substr(0, dots[0]),
                  .payload = text.substr(dots[0] + 1, dots[1] - dots[0] - 1),
                  .signature = text.substr(dots[1] + 1),
                  .signed_text = text.substr(0, dots[1])};
}

std::optional<JwsParts> split_jwt(std::string_view text) {
  auto parts = split_jws(text);
  if (parts && parts->payload.empty()) parts.reset();
  return parts;
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
