#include "oauth/token_endpoint.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/encoding.h"
#include "base/error.h"
#include "oauth/endpoint.h"
#include "oauth/pkce.h"

namespace tokctl::oauth {
namespace {

void check_has(const OAuthProvider& provider, const std::string& url, std::string_view what,
               std::string_view flag) {
  if (!url.empty()) return;
  throw Error(Code::kUsage, "oauth.no_endpoint",
              fmt::format("provider {} has no {}", provider.name, what),
              fmt::format("tokctl oauth provider update {} {} URL", provider.name, flag));
}

// RFC 6749 §2.3.1: both halves are form-encoded before they are joined.
SecretString basic_credentials(std::string_view id, const SecretString& secret) {
  const SecretString user = percent_encode(id);
  const SecretString password = percent_encode(secret.reveal());
  SecretString pair = SecretString::of_size(user.size() + 1 + password.size());
  auto to = std::ranges::copy(user.reveal(), pair.fill().begin()).out;
  *to++ = ':';
  std::ranges::copy(password.reveal(), to);

  constexpr std::string_view kScheme = "Basic ";
  SecretString value = SecretString::of_size(kScheme.size() + base64_size(pair.size()));
  std::ranges::copy(kScheme, value.fill().begin());
  base64_encode_to(as_bytes(pair.reveal()), value.fill().subspan(kScheme.size()));
  return value;
}

}  // namespace

std::string TokenEndpoint::authorization_url(std::string_view redirect_uri, std::string_view scope,
                                             const SecretString& state,
                                             const SecretString& verifier) const {
  check_has(provider_, provider_.auth_url, "authorization endpoint", "--auth-url");
  Form form;
  form.add("response_type", "code")
      .add("client_id", provider_.client_id)
      .add("redirect_uri", redirect_uri);
  if (!scope.empty()) form.add("scope", scope);
  form.add("state", state.reveal())
      .add("code_challenge", challenge_of(verifier))
      .add("code_challenge_method", "S256");
  for (const auto& [name, value] : provider_.params) form.add(name, value);
  return with_query(provider_.auth_url, form);
}

std::variant<HttpResponse, Failure> TokenEndpoint::post(const std::string& url, Form& form,
                                                        std::string_view what) {
  check_endpoint(url, what);
  HttpRequest request{.method = "POST", .url = url, .headers = {}, .body = {}};
  request.headers.push_back({"Accept", SecretString("application/json")});
  request.headers.push_back({"Content-Type", SecretString("application/x-www-form-urlencoded")});
  if (provider_.auth_method == ClientAuth::kBasic) {
    request.headers.push_back(
        {"Authorization", basic_credentials(provider_.client_id, client_secret_)});
  } else {
    form.add("client_id", provider_.client_id);
    if (provider_.auth_method == ClientAuth::kPost) {
      form.add("client_secret", client_secret_.reveal());
    }
  }
  request.body = form.text();
  try {
    return http_.send(request);
  } catch (const Error& error) {
    if (error.code() != Code::kRemote) throw;
    return Failure{
        .kind = Failure::Kind::kTransient, .message = error.message(), .retry_after = {}};
  }
}

Answer TokenEndpoint::ask(Form& form) {
  check_has(provider_, provider_.token_url, "token endpoint", "--token-url");
  auto response = post(provider_.token_url, form, "the token URL");
  if (auto* failure = std::get_if<Failure>(&response)) return std::move(*failure);
  return read_token_answer(std::get<HttpResponse>(response),
                           check_endpoint(provider_.token_url, "the token URL").host);
}

Answer TokenEndpoint::exchange_code(std::string_view code, std::string_view redirect_uri,
                                    const SecretString& verifier) {
  Form form;
  form.add("grant_type", "authorization_code")
      .add("code", code)
      .add("redirect_uri", redirect_uri)
      .add("code_verifier", verifier.reveal());
  return ask(form);
}

Answer TokenEndpoint::refresh(const SecretString& refresh_token) {
  Form form;
  form.add("grant_type", "refresh_token").add("refresh_token", refresh_token.reveal());
  return ask(form);
}

Answer TokenEndpoint::client_credentials(std::string_view scope) {
  Form form;
  form.add("grant_type", "client_credentials");
  if (!scope.empty()) form.add("scope", scope);
  for (const auto& [name, value] : provider_.params) form.add(name, value);
  return ask(form);
}

std::variant<DeviceResponse, Failure> TokenEndpoint::start_device(std::string_view scope) {
  check_has(provider_, provider_.device_url, "device authorization endpoint", "--device-url");
  Form form;
  if (!scope.empty()) form.add("scope", scope);
  for (const auto& [name, value] : provider_.params) form.add(name, value);
  // RFC 8628 §3.1: client_id is in the form, however else the client authenticates.
  if (provider_.auth_method == ClientAuth::kBasic) form.add("client_id", provider_.client_id);
  auto response = post(provider_.device_url, form, "the device URL");
  if (auto* failure = std::get_if<Failure>(&response)) return std::move(*failure);
  return read_device_answer(std::get<HttpResponse>(response),
                            check_endpoint(provider_.device_url, "the device URL").host);
}

Answer TokenEndpoint::poll_device(const SecretString& device_code) {
  Form form;
  form.add("grant_type", "urn:ietf:params:oauth:grant-type:device_code")
      .add("device_code", device_code.reveal());
  return ask(form);
}

std::optional<Failure> TokenEndpoint::revoke(const SecretString& token, std::string_view hint) {
  Form form;
  form.add("token", token.reveal()).add("token_type_hint", hint);
  auto response = post(provider_.revoke_url, form, "the revocation URL");
  if (auto* failure = std::get_if<Failure>(&response)) return std::move(*failure);
  const auto& answer = std::get<HttpResponse>(response);
  if (answer.status == 200 || answer.status == 204) return std::nullopt;
  return read_failure(answer, check_endpoint(provider_.revoke_url, "the revocation URL").host);
}

}  // namespace tokctl::oauth
