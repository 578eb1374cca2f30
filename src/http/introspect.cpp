#include "http/introspect.h"

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <variant>

#include "base/error.h"
#include "http/caller.h"
#include "http/json_answer.h"
#include "model/api_token.h"

namespace tokctl::http {
namespace {

using nlohmann::ordered_json;

// The fields of `tokctl token validate -o json`, and the same names; what is not known is left out
// (RFC 7662 §2.2).
ordered_json describe(const Principal& principal) {
  ordered_json answer{{"active", true},
                      {"token_type", to_text(principal.type)},
                      {"sub", principal.public_id},
                      {"username", principal.email},
                      {"name", principal.full_name}};
  const auto add = [&](const char* name, const auto& value) {
    if (!value.empty()) answer[name] = value;
  };
  add("session_id", principal.session_id);
  add("source", principal.source);
  add("roles", principal.roles);
  add("scope", join_scopes(principal.scopes));
  if (principal.expires_at) answer["exp"] = to_unix(*principal.expires_at);
  answer["iat"] = to_unix(principal.issued_at);
  answer["jti"] = principal.id;
  add("token_name", principal.token_name);
  if (!principal.info.empty()) answer["info"] = ordered_json::parse(principal.info);
  add("aud", principal.audience);
  for (const auto& [name, value] : principal.claims) answer["claims"][name] = value;
  add("purpose", principal.purpose);
  return answer;
}

}  // namespace

Response introspect(Tokctl& library, const Request& request) {
  const auto fields = Fields::of(request);
  if (!fields) return refusal(400, "invalid_request");
  if (auto refused = refuse_caller(library.tokens(), request, *fields, kMayIntrospect))
    return *std::move(refused);
  const std::string* token = fields->find("token");
  if (token == nullptr) return refusal(400, "invalid_request");
  const auto verdict = library.tokens().look_up(*token);
  if (const Refusal* reason = std::get_if<Refusal>(&verdict)) {
    Response response = json_answer({{"active", false}});
    response.reason = to_text(*reason);
    return response;
  }
  Response response = json_answer(describe(*std::get<std::shared_ptr<const Principal>>(verdict)));
  response.reason = kValid;
  return response;
}

Response revoke(Tokctl& library, const Request& request) {
  const auto fields = Fields::of(request);
  if (!fields) return refusal(400, "invalid_request");
  if (auto refused = refuse_caller(library.tokens(), request, *fields, kMayRevoke))
    return *std::move(refused);
  const std::string* token = fields->find("token");
  if (token == nullptr) return refusal(400, "invalid_request");
  try {
    library.tokens().revoke(*token);
  } catch (const Error& error) {
    // RFC 7009 §2.2: what is no token has ended as well as if it had been one.
    if (error.code() != Code::kCredential) throw;
  }
  return {.status = 200, .headers = {{"Cache-Control", "no-store"}}, .body = {}, .reason = {}};
}

}  // namespace tokctl::http
