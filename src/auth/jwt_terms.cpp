// What JWTs of one family have in common, checked, and as a refresh token keeps it.
#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <set>

#include "auth/jwt_tokens.h"
#include "base/error.h"
#include "base/json.h"
#include "base/utf8.h"
#include "model/jwt.h"
#include "model/user.h"

namespace tokctl::auth {
namespace {

constexpr std::size_t kAudienceMax = 16;
constexpr std::size_t kClaimsMax = 32;
constexpr std::size_t kTextMax = 256;  // characters of one audience, claim or name of a claim

bool plain(std::string_view text) {
  const auto length = utf8_length(text);
  return length && *length > 0 && *length <= kTextMax && !has_control(text);
}

}  // namespace

void check_terms(const JwtTerms& terms) {
  const auto refuse = [](const char* id, const std::string& what) {
    throw Error(Code::kUsage, id, what);
  };
  const std::set<std::string_view> audiences(terms.audience.begin(), terms.audience.end());
  if (audiences.size() != terms.audience.size())
    refuse("token.audience", "an audience is given twice");
  if (audiences.size() > kAudienceMax)
    refuse("token.audience", fmt::format("a token has at most {} audiences", kAudienceMax));
  for (const auto& audience : audiences) {
    if (!plain(audience)) {
      refuse("token.audience", fmt::format("an audience is 1 to {} characters", kTextMax));
    }
  }
  if (terms.roles) check_roles(*terms.roles);
  if (terms.claims.size() > kClaimsMax)
    refuse("token.claim", fmt::format("a token has at most {} claims of its own", kClaimsMax));
  std::set<std::string_view> names;
  for (const auto& [name, value] : terms.claims) {
    if (!plain(name) || !plain(value))
      refuse("token.claim", fmt::format("a claim and its name are 1 to {} characters", kTextMax));
    if (is_registered_claim(name))
      refuse("token.claim", fmt::format("the claim {} is tokctl's to say", printable(name)));
    if (!names.insert(name).second) refuse("token.claim", "a claim is given twice");
  }
  if (terms.ttl <= Seconds(0)) refuse("token.expires", "the time of expiry is not in the future");
}

std::string format_terms(const JwtTerms& terms) {
  nlohmann::ordered_json json;
  json["aud"] = terms.audience;
  if (terms.roles) json["roles"] = *terms.roles;
  json["claims"] = nlohmann::ordered_json::object();
  for (const auto& [name, value] : terms.claims) json["claims"][name] = value;
  json["ttl"] = terms.ttl.count();
  if (terms.algorithm) json["alg"] = crypto::to_text(*terms.algorithm);
  return json.dump();
}

JwtTerms parse_terms(std::string_view text) {
  try {
    const auto json = parse_json_object(text).value();
    JwtTerms terms;
    json.at("aud").get_to(terms.audience);
    if (json.contains("roles")) terms.roles = json.at("roles").get<std::vector<std::string>>();
    for (const auto& [name, value] : json.at("claims").items())
      terms.claims.emplace_back(name, value.get<std::string>());
    terms.ttl = Seconds(json.at("ttl").get<std::int64_t>());
    if (json.contains("alg"))
      terms.algorithm = crypto::jws_algorithm_from(json.at("alg").get<std::string>());
    return terms;
  } catch (const std::exception&) {
    throw Error(Code::kIntegrity, "token.damaged", "what a refresh token stands for is damaged",
                "tokctl db check");
  }
}

}  // namespace tokctl::auth
