// What a client asks of a provider's endpoints.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "base/secret.h"
#include "model/oauth.h"
#include "oauth/form.h"
#include "oauth/http.h"
#include "oauth/response.h"

namespace tokctl::oauth {

// One provider and our credentials with it. A server that cannot be reached is a transient Failure;
// a libcurl that is missing is thrown.
class TokenEndpoint {
 public:
  TokenEndpoint(const OAuthProvider& provider, const SecretString& client_secret)
      : provider_(provider), client_secret_(client_secret) {}

  // RFC 6749 §4.1.1: where a person is sent to authorize us. Throws Error(kUsage,
  // "oauth.no_endpoint"), as the others do for theirs.
  std::string authorization_url(std::string_view redirect_uri, std::string_view scope,
                                const SecretString& state, const SecretString& verifier) const;
  // §4.1.3, with RFC 7636 §4.5
  Answer exchange_code(std::string_view code, std::string_view redirect_uri,
                       const SecretString& verifier);
  Answer refresh(const SecretString& refresh_token);                           // §6
  Answer client_credentials(std::string_view scope);                           // §4.4
  std::variant<DeviceResponse, Failure> start_device(std::string_view scope);  // RFC 8628 §3.1
  Answer poll_device(const SecretString& device_code);                         // §3.4
  // RFC 7009. Nothing when it is done, also for a token that the provider did not know.
  std::optional<Failure> revoke(const SecretString& token, std::string_view hint);

 private:
  // Sends the form with our credentials.
  std::variant<HttpResponse, Failure> post(const std::string& url, Form& form,
                                           std::string_view what);
  Answer ask(Form& form);

  const OAuthProvider& provider_;
  const SecretString& client_secret_;
  HttpClient http_;
};

}  // namespace tokctl::oauth
