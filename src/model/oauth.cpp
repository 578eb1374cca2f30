#include "model/oauth.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/json.h"
#include "base/names.h"
#include "base/utf8.h"

namespace tokctl {
namespace {

constexpr auto kClientAuths = names_of<ClientAuth>("basic", "post", "none");
constexpr auto kGrantKinds = names_of<GrantKind>("code", "device", "client_credentials", "saved");
constexpr auto kGrantStates = names_of<GrantState>("active", "needs_reauth", "revoked");

bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= kProviderNameMax &&
         text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789._-") ==
             std::string_view::npos;
}

bool is_printable_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= ' ' && c < 0x7f; });
}

bool is_param_name(std::string_view name) {
  const auto fine = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
  };
  // Of RFC 6749, 7636 and 8628.
  constexpr std::array<std::string_view, 15> kOurs = {
      "client_id",     "client_secret", "grant_type",     "response_type",
      "redirect_uri",  "scope",         "state",          "code",
      "refresh_token", "device_code",   "code_challenge", "code_challenge_method",
      "code_verifier", "token",         "token_type_hint"};
  return !name.empty() && name.size() <= 64 && std::ranges::all_of(name, fine) &&
         std::ranges::find(kOurs, name) == kOurs.end();
}

}  // namespace

std::string_view to_text(ClientAuth method) { return kClientAuths[method]; }
std::optional<ClientAuth> client_auth_from(std::string_view text) {
  return kClientAuths.find(text);
}
std::string_view to_text(GrantKind kind) { return kGrantKinds[kind]; }
std::optional<GrantKind> grant_kind_from(std::string_view text) { return kGrantKinds.find(text); }
std::string_view to_text(GrantState state) { return kGrantStates[state]; }
std::optional<GrantState> grant_state_from(std::string_view text) {
  return kGrantStates.find(text);
}

void check_provider_name(std::string_view name) {
  if (is_name(name)) return;
  throw Error(
      Code::kUsage, "oauth.provider_name",
      fmt::format("a provider's name is 1 to {} of a-z, 0-9, '.', '_' and '-'", kProviderNameMax));
}

void check_account(std::string_view account) {
  const auto length = utf8_length(account);
  if (length && *length >= 1 && *length <= kAccountMax && !has_control(account)) return;
  throw Error(Code::kUsage, "oauth.account",
              fmt::format("an account is named by 1 to {} characters, none of them a control",
                          kAccountMax));
}

void check_grant_ref(const GrantRef& ref) {
  check_account(ref.account);
  check_provider_name(ref.provider);
  if (!ref.label.empty() && !is_name(ref.label)) {
    throw Error(
        Code::kUsage, "oauth.label",
        fmt::format("a label is at most {} of a-z, 0-9, '.', '_' and '-'", kProviderNameMax));
  }
}

void check_oauth_scope(std::string_view scope) {
  const auto fine = [](char c) { return c >= ' ' && c < 0x7f && c != '"' && c != '\\'; };
  if (scope.size() <= kOAuthScopeMax && std::ranges::all_of(scope, fine) &&
      !scope.starts_with(' ') && !scope.ends_with(' ') &&
      scope.find("  ") == std::string_view::npos) {
    return;
  }
  throw Error(Code::kUsage, "oauth.scope",
              "a scope is words of printable ASCII without quotes and backslashes, with single "
              "spaces between");
}

void check_client_id(std::string_view client_id) {
  if (!client_id.empty() && client_id.size() <= kClientIdMax && is_printable_ascii(client_id)) {
    return;
  }
  throw Error(Code::kUsage, "oauth.client_id",
              fmt::format("a client id is 1 to {} printable ASCII characters", kClientIdMax));
}

void check_oauth_params(const OAuthParams& params) {
  std::vector<std::string_view> names;
  for (const auto& [name, value] : params) {
    if (!is_param_name(name) || value.size() > 512 || !is_printable_ascii(value) ||
        std::ranges::find(names, name) != names.end()) {
      throw Error(Code::kUsage, "oauth.param",
                  "a parameter is NAME=VALUE, given once, and none that OAuth defines itself");
    }
    names.push_back(name);
  }
  if (params.size() > kOAuthParamsMax) {
    throw Error(Code::kUsage, "oauth.param",
                fmt::format("there can be at most {} parameters", kOAuthParamsMax));
  }
}

std::string format_oauth_params(const OAuthParams& params) {
  nlohmann::json json = nlohmann::json::object();
  for (const auto& [name, value] : params) json[name] = value;
  return json.dump();
}

OAuthParams parse_oauth_params(std::string_view text) {
  OAuthParams params;
  const auto json = parse_json_object(text);
  const bool fine =
      json && std::ranges::all_of(*json, [](const auto& value) { return value.is_string(); });
  if (!fine) {
    throw Error(Code::kIntegrity, "db.damaged", "a provider's parameters are not as tokctl writes");
  }
  for (const auto& [name, value] : json->items()) params.emplace_back(name, value);
  return params;
}

}  // namespace tokctl
