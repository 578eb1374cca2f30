#include "model/session.h"

#include <algorithm>

#include "base/error.h"
#include "base/names.h"

namespace tokctl {
namespace {

constexpr auto kKindNames = names_of<SessionKind>("web", "jwt");
constexpr auto kSchemeNames = names_of<WebScheme>("v1", "kit");

}  // namespace

std::string_view to_text(SessionKind kind) { return kKindNames[kind]; }
std::optional<SessionKind> session_kind_from(std::string_view text) {
  return kKindNames.find(text);
}

std::string_view to_text(WebScheme scheme) { return kSchemeNames[scheme]; }
std::optional<WebScheme> web_scheme_from(std::string_view text) { return kSchemeNames.find(text); }

void check_source(std::string_view source) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
  };
  if (source.size() > kSourceMax || !std::ranges::all_of(source, allowed)) {
    throw Error(Code::kUsage, "session.source",
                "a source is at most 40 characters of a-z, 0-9, dot, underscore and hyphen");
  }
}

}  // namespace tokctl
