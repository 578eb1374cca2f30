#include "oauth/discovery.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/json.h"
#include "oauth/endpoint.h"

namespace tokctl::oauth {
namespace {

Error discovery_error(std::string_view issuer, std::string_view why) {
  return {Code::kRemote, "oauth.discovery",
          fmt::format("{} {}", check_endpoint(issuer, "the issuer").host, why),
          "give its endpoints by hand: --token-url and --auth-url"};
}

std::string_view without_slash(std::string_view url) {
  return url.ends_with('/') ? url.substr(0, url.size() - 1) : url;
}

// RFC 8414 §3.1: between host and path.
std::string oauth_metadata_url(std::string_view issuer) {
  issuer = without_slash(issuer);
  const auto path = std::min(issuer.find('/', issuer.find("://") + 3), issuer.size());
  return fmt::format("{}/.well-known/oauth-authorization-server{}", issuer.substr(0, path),
                     issuer.substr(path));
}

std::string openid_metadata_url(std::string_view issuer) {
  return fmt::format("{}/.well-known/openid-configuration", without_slash(issuer));
}

}  // namespace

OAuthProvider read_metadata(std::string_view text, std::string_view issuer) {
  const auto json = parse_json_object(text);
  if (!json) throw discovery_error(issuer, "publishes metadata that is not a JSON object");
  const auto member = [&json](const char* name) {
    const auto found = json->find(name);
    return found != json->end() && found->is_string() ? found->get<std::string>() : std::string();
  };
  if (member("issuer") != issuer) {
    throw discovery_error(issuer, "publishes the metadata of another issuer");
  }
  OAuthProvider provider;
  provider.issuer = issuer;
  const auto endpoint = [&](const char* name, std::string& url) {
    url = member(name);
    if (url.empty()) return;
    try {
      check_endpoint(url, name);
    } catch (const Error& error) {
      throw discovery_error(issuer, fmt::format("publishes this: {}", error.message()));
    }
  };
  endpoint("authorization_endpoint", provider.auth_url);
  endpoint("token_endpoint", provider.token_url);
  endpoint("device_authorization_endpoint", provider.device_url);
  endpoint("revocation_endpoint", provider.revoke_url);
  if (provider.token_url.empty()) throw discovery_error(issuer, "publishes no token endpoint");

  // Without the list, Basic (RFC 8414 §2).
  const auto methods = json->find("token_endpoint_auth_methods_supported");
  const auto supports = [&](const char* method) {
    return methods != json->end() && methods->is_array() &&
           std::ranges::find(*methods, method) != methods->end();
  };
  provider.auth_method = methods == json->end() || supports("client_secret_basic")
                             ? ClientAuth::kBasic
                         : supports("client_secret_post") ? ClientAuth::kPost
                         : supports("none")               ? ClientAuth::kNone
                                                          : ClientAuth::kBasic;
  return provider;
}

OAuthProvider discover(HttpClient& http, std::string_view issuer) {
  check_endpoint(issuer, "the issuer");
  if (issuer.find('?') != std::string_view::npos) {
    throw Error(Code::kUsage, "oauth.url", "the issuer has a query");
  }
  for (const std::string& url : {openid_metadata_url(issuer), oauth_metadata_url(issuer)}) {
    HttpRequest request{.url = url, .headers = {}, .body = {}};
    request.headers.push_back({"Accept", SecretString("application/json")});
    const HttpResponse response = http.send(request);
    if (response.status == 200) return read_metadata(response.body.reveal(), issuer);
    if (response.status >= 500 || response.status == 429) {
      throw discovery_error(issuer, fmt::format("answered with status {}", response.status));
    }
  }
  throw discovery_error(issuer, "publishes no metadata");
}

}  // namespace tokctl::oauth
