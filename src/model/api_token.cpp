#include "model/api_token.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "base/error.h"
#include "base/json.h"
#include "base/time_text.h"
#include "base/utf8.h"
#include "model/json_records.h"

namespace tokctl {

bool is_scope(std::string_view text) {
  const auto allowed = [](char c) { return c > ' ' && c <= '~' && c != '"' && c != '\\'; };
  return !text.empty() && text.size() <= kScopeMax && std::ranges::all_of(text, allowed);
}

std::optional<Time> ApiToken::idle_ends_at() const {
  if (!idle) return std::nullopt;
  return moved(last_used_at.value_or(created_at), *idle);
}

std::optional<Time> ApiToken::ends_at() const {
  std::optional<Time> earliest;
  for (const auto& end : {expires_at, idle_ends_at(), revoked_at}) {
    if (end && (!earliest || *end < *earliest)) earliest = end;
  }
  return earliest;
}

bool ApiToken::live(Time now) const {
  const auto end = ends_at();
  return !revoked_at && (!end || now < *end);
}

void check_token_name(std::string_view name) {
  const auto length = utf8_length(name);
  if (!length || *length > kTokenNameMax || has_control(name)) {
    throw Error(
        Code::kUsage, "token.name",
        fmt::format("a token's name is at most {} characters, none of them a control character",
                    kTokenNameMax));
  }
}

void check_scopes(const std::vector<std::string>& scopes) {
  if (scopes.size() > kScopesMax) {
    throw Error(Code::kUsage, "token.scope",
                fmt::format("a token has at most {} scopes", kScopesMax));
  }
  if (!std::ranges::all_of(scopes, is_scope)) {
    throw Error(Code::kUsage, "token.scope",
                fmt::format("a scope is 1 to {} printable ASCII characters without space, quote "
                            "and backslash",
                            kScopeMax));
  }
  if (std::set<std::string_view>(scopes.begin(), scopes.end()).size() != scopes.size())
    throw Error(Code::kUsage, "token.scope", "a scope is given twice");
}

std::string normalize_info(std::string_view text) {
  const auto object = text.size() <= kJsonRecordMax ? parse_json_object(text) : std::nullopt;
  std::string line = object ? object->dump() : std::string();
  if (!object || line.size() > kInfoMax) {
    throw Error(Code::kUsage, "token.info",
                fmt::format("a token's info is a JSON object of at most {} bytes", kInfoMax),
                R"(such as '{"device":"ios"}')");
  }
  return line;
}

void check_idle(Seconds idle) {
  if (idle >= kIdleMin && idle <= kMaxDuration) return;
  throw Error(Code::kUsage, "token.idle",
              fmt::format("an idle time is at least {} and at most {}", format_duration(kIdleMin),
                          format_duration(kMaxDuration)));
}

std::optional<std::string> missing_scope(const std::vector<std::string>& scopes,
                                         const std::vector<std::string>& wanted) {
  for (const std::string& scope : wanted) {
    if (std::ranges::find(scopes, scope) == scopes.end()) return scope;
  }
  return std::nullopt;
}

std::string join_scopes(const std::vector<std::string>& scopes) {
  return fmt::format("{}", fmt::join(scopes, " "));
}

std::vector<std::string> split_scopes(std::string_view text) {
  std::vector<std::string> scopes;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    scopes.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return scopes;
}

}  // namespace tokctl
