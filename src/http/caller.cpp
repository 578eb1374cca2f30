#include "http/caller.h"

#include <fmt/format.h>

#include <memory>
#include <string>
#include <utility>
#include <variant>

#include "base/encoding.h"
#include "base/url.h"
#include "model/opaque_token.h"

namespace tokctl::http {
namespace {

constexpr std::string_view kBearer = "Bearer ";
constexpr std::string_view kBasic = "Basic ";

// Takes a scheme off, in whatever case it is (RFC 9110 §11.1).
bool take_scheme(std::string_view& value, std::string_view scheme) {
  if (!same_name(value.substr(0, scheme.size()), scheme)) return false;
  value.remove_prefix(scheme.size());
  return true;
}

// What follows the colon of `id:secret`, each of which was encoded as in a form.
std::optional<SecretString> secret_of_client(std::string_view base64) {
  auto bytes = base64_decode(base64);
  if (!bytes) return std::nullopt;
  const std::string_view pair = as_text(*bytes);
  const auto colon = pair.find(':');
  std::optional<SecretString> secret;
  if (colon != std::string_view::npos) {
    std::string decoded = percent_decode(pair.substr(colon + 1));
    secret.emplace(decoded);
    wipe(decoded.data(), decoded.size());
  }
  wipe(*bytes);
  return secret;
}

// Of no other kind: whoever logs in is no client.
std::optional<SecretString> api_token_of_caller(const Request& request, const Fields& fields) {
  auto token = caller_token(request, fields);
  if (token && parse_opaque_token(token->reveal()) != TokenType::kApi) token.reset();
  return token;
}

}  // namespace

std::optional<SecretString> caller_token(const Request& request, const Fields& fields) {
  const std::size_t headers = request.count("authorization");
  const std::string* posted = fields.find("client_secret");
  if (headers + (posted != nullptr ? 1U : 0U) != 1) return std::nullopt;
  if (posted != nullptr) return SecretString(*posted);
  std::string_view value = request.header("authorization");
  if (take_scheme(value, kBearer)) return SecretString(value);
  if (take_scheme(value, kBasic)) return secret_of_client(value);
  return std::nullopt;
}

std::optional<Response> refuse_caller(auth::Tokens& tokens, const Request& request,
                                      const Fields& fields, std::string_view scope) {
  if (const auto token = api_token_of_caller(request, fields)) {
    const auto verdict = tokens.look_up(token->reveal(), {.scopes = {std::string(scope)}});
    const auto* refusal = std::get_if<Refusal>(&verdict);
    if (refusal == nullptr) return std::nullopt;
    if (*refusal == Refusal::kScope)
      return challenge(
          403, "insufficient_scope",
          fmt::format("{}, error=\"insufficient_scope\", scope=\"{}\"", kChallenge, scope));
  }
  return challenge(401, "invalid_client", fmt::format("{}, Basic realm=\"tokctl\"", kChallenge));
}

bool recall_caller(auth::Tokens& tokens, const Request& request, const Fields& fields,
                   std::string_view scope) {
  const auth::Required required{.scopes = {std::string(scope)}};
  const auto token = api_token_of_caller(request, fields);
  const auto known = token ? tokens.recall(token->reveal(), required) : nullptr;
  return known != nullptr && !auth::lacks(*known, required);
}

}  // namespace tokctl::http
