#include "http/authorize.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "model/api_token.h"
#include "oauth/form.h"

namespace tokctl::http {
namespace {

// The values of a cookie by that name (RFC 6265 §4.2.1), of all Cookie headers.
std::vector<std::string_view> cookies_of(const Request& request, std::string_view name) {
  std::vector<std::string_view> values;
  for (const auto& [header, value] : request.headers) {
    if (!same_name(header, "cookie")) continue;
    std::string_view rest = value;
    while (!rest.empty()) {
      const auto end = std::min(rest.find(';'), rest.size());
      std::string_view pair = rest.substr(0, end);
      rest.remove_prefix(std::min(end + 1, rest.size()));
      while (pair.starts_with(' ')) pair.remove_prefix(1);
      if (pair.starts_with(name) && pair.substr(name.size()).starts_with('='))
        values.push_back(pair.substr(name.size() + 1));
    }
  }
  return values;
}

// A cookie's value has no scheme before it; its shape tells which it would be.
std::optional<std::string> token_of_cookie(std::string_view value) {
  for (const std::string_view scheme : {"Bearer ", "Basic "}) {
    const std::string header = std::string(scheme) + std::string(value);
    if (const auto token = auth::credential_in(header)) return std::string(*token);
  }
  return std::nullopt;
}

std::optional<std::string> owned(std::optional<std::string_view> text) {
  if (!text) return std::nullopt;
  return std::string(*text);
}

}  // namespace

std::optional<auth::Required> required_of(std::string_view query) {
  auth::Required required;
  if (query.empty()) return required;
  auto fields = oauth::parse_form(query);
  if (!fields) return std::nullopt;
  for (auto& [name, value] : *fields) {
    if (value.empty()) return std::nullopt;
    if (name == "scope" || name == "role") {
      auto& words = name == "scope" ? required.scopes : required.roles;
      words = split_scopes(value);
      // What nobody can have is a mistake; and it is repeated, in quotes, to whoever lacks it.
      if (!std::ranges::all_of(words, is_scope)) return std::nullopt;
    } else if (name == "audience") {
      required.audience = std::move(value);
    } else {
      return std::nullopt;
    }
  }
  return required;
}

Credential credential_of(const Request& request, std::string_view cookie) {
  const std::size_t headers = request.count("authorization");
  if (headers > 0) {
    return {.presented = true,
            .token = headers == 1 ? owned(auth::credential_in(request.header("authorization")))
                                  : std::nullopt};
  }
  if (cookie.empty()) return {};
  const auto values = cookies_of(request, cookie);
  // Of two by one name, one may have been planted from a neighbouring domain.
  return {.presented = !values.empty(),
          .token = values.size() == 1 ? token_of_cookie(values.front()) : std::nullopt};
}

Response passed(const Principal& principal) {
  Response response;
  response.headers = {{"X-Auth-User", principal.public_id},
                      {"X-Auth-Email", principal.email},
                      {"X-Auth-Roles", join_scopes(principal.roles)},
                      {"X-Auth-Scopes", join_scopes(principal.scopes)},
                      {"X-Auth-Token-Type", std::string(to_text(principal.type))},
                      {"Cache-Control", "no-store"}};
  response.reason = kValid;
  return response;
}

Response refused(const Credential& credential, Refusal reason, const auth::Required& required) {
  const bool lacking = reason == Refusal::kScope || reason == Refusal::kRole;
  std::string wanted(kChallenge);
  if (lacking) {
    wanted += ", error=\"insufficient_scope\"";
    if (reason == Refusal::kScope)
      wanted += fmt::format(", scope=\"{}\"", join_scopes(required.scopes));
  } else if (credential.presented) {
    wanted += ", error=\"invalid_token\"";
  }
  Response response = challenge(
      lacking ? 403 : 401, lacking ? "insufficient_scope" : "invalid_token", std::move(wanted));
  response.reason = credential.presented ? to_text(reason) : "none";
  return response;
}

}  // namespace tokctl::http
