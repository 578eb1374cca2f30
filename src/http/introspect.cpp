#include "http/introspect.h"

#include <fmt/format.h>

#include <cstdint>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/error.h"
#include "base/json.h"
#include "http/caller.h"
#include "http/json_answer.h"
#include "model/api_token.h"

namespace tokctl::http {
namespace {

// A JSON object with at least one member, written as it goes: a tree of it takes longer to build
// than all else that an answer from memory does.
class Object {
 public:
  Object() { text_.reserve(512); }

  void add(std::string_view name, std::string_view text) { append_json_string(begin(name), text); }
  void add(std::string_view name, std::int64_t number) {
    begin(name) += fmt::format_int(number).c_str();
  }
  void add(std::string_view name, const std::vector<std::string>& list) {
    append_json_strings(begin(name), list);
  }
  // What is JSON already.
  void add_json(std::string_view name, std::string_view json) { begin(name) += json; }
  template <typename Value>
  void add_known(std::string_view name, const Value& value) {
    if (!value.empty()) add(name, value);
  }

  std::string text() && {
    text_ += '}';
    return std::move(text_);
  }

 private:
  std::string& begin(std::string_view name) {
    text_ += text_.empty() ? '{' : ',';
    append_json_string(text_, name);
    text_ += ':';
    return text_;
  }

  std::string text_;
};

// The fields of `tokctl token validate -o json`, and the same names; what is not known is left out
// (RFC 7662 §2.2).
std::string describe(const Principal& principal) {
  Object answer;
  answer.add_json("active", "true");
  answer.add("token_type", to_text(principal.type));
  answer.add("sub", principal.public_id);
  answer.add("username", principal.email);
  answer.add("name", principal.full_name);
  answer.add_known("session_id", principal.session_id);
  answer.add_known("source", principal.source);
  answer.add_known("roles", principal.roles);
  answer.add_known("scope", join_scopes(principal.scopes));
  if (principal.expires_at) answer.add("exp", to_unix(*principal.expires_at));
  answer.add("iat", to_unix(principal.issued_at));
  answer.add("jti", principal.id);
  answer.add_known("token_name", principal.token_name);
  if (principal.info == "{}") {
    answer.add_json("info", principal.info);
  } else if (!principal.info.empty()) {
    // Parsed, for whoever wrote it into the database may have put more behind it.
    answer.add_json("info", nlohmann::ordered_json::parse(principal.info).dump());
  }
  answer.add_known("aud", principal.audience);
  if (!principal.claims.empty()) {
    Object claims;
    for (const auto& [name, value] : principal.claims) claims.add(name, value);
    answer.add_json("claims", std::move(claims).text());
  }
  answer.add_known("purpose", principal.purpose);
  return std::move(answer).text();
}

Response active(const Principal& principal) {
  Response response = json_answer(describe(principal));
  response.reason = kValid;
  return response;
}

}  // namespace

std::optional<Response> introspect_from_memory(Tokctl& library, const Request& request) {
  auth::Tokens& tokens = library.tokens();
  const auto fields = Fields::of(request);
  if (!fields || !recall_caller(tokens, request, *fields, kMayIntrospect)) return std::nullopt;
  const std::string* token = fields->find("token");
  const auto known = token != nullptr ? tokens.recall(*token) : nullptr;
  if (known == nullptr) return std::nullopt;
  return active(*known);
}

Response introspect(Tokctl& library, const Request& request) {
  const auto fields = Fields::of(request);
  if (!fields) return refusal(400, "invalid_request");
  if (auto refused = refuse_caller(library.tokens(), request, *fields, kMayIntrospect))
    return *std::move(refused);
  const std::string* token = fields->find("token");
  if (token == nullptr) return refusal(400, "invalid_request");
  const auto verdict = library.tokens().look_up(*token);
  if (const Refusal* reason = std::get_if<Refusal>(&verdict)) {
    Response response = json_answer(R"({"active":false})");
    response.reason = to_text(*reason);
    return response;
  }
  return active(*std::get<std::shared_ptr<const Principal>>(verdict));
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
