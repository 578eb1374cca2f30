#include "oauth/client.h"

#include "base/error.h"

namespace tokctl::oauth {

HttpResponse GrantClient::send(HttpRequest request) {
  request.headers.emplace_back("Authorization", SecretString());
  const auto send_with = [&](const AccessToken& token) {
    request.headers.back().value = bearer(token.token);
    return http_.send(request);
  };
  const AccessToken token = grants_.get(ref_);
  HttpResponse response = send_with(token);
  if (response.status != 401) return response;
  try {
    return send_with(grants_.get(ref_, {.stale = token.generation}));
  } catch (const Error& error) {
    // Without a newer token, the server's own answer says more.
    if (error.id() != "oauth.needs_reauth" && error.id() != "oauth.refresh_failed") throw;
    return response;
  }
}

}  // namespace tokctl::oauth
