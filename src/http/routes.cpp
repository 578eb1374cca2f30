#include "http/routes.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/error.h"
#include "http/authorize.h"
#include "http/introspect.h"
#include "http/login.h"

namespace tokctl::http {
namespace {

constexpr Seconds kKeySetLife{5};  // for which nobody looks whether there are others

Response text(std::string_view body) {
  return {.status = 200,
          .headers = {{"Cache-Control", "no-store"}},
          .body = std::string(body),
          .content_type = "text/plain",
          .reason = {}};
}

Response busy() {
  Response response = refusal(503, "temporarily_unavailable");
  response.headers.emplace_back("Retry-After", "1");
  return response;
}

Response judged(const Credential& credential, const auth::Tokens::SharedVerdict& verdict,
                const auth::Required& required) {
  if (const Refusal* reason = std::get_if<Refusal>(&verdict))
    return refused(credential, *reason, required);
  return passed(*std::get<std::shared_ptr<const Principal>>(verdict));
}

// Whatever is below it, by whatever method: Envoy asks about a request by its method, at its path
// behind a prefix. What the client put into the query asks for nothing.
constexpr std::string_view kExtAuthz = "/ext_authz/";

}  // namespace

struct Routes::Route {
  std::string_view path;
  std::string_view method;  // empty: any
  Answer (*at_once)(Routes&, const Request&);
  Response (*answer)(Routes&, const Request&);
};

const Routes::Route* Routes::find(std::string_view path) {
  using Self = Routes;
  static constexpr auto kByDatabase = [](Self& /*self*/, const Request& /*request*/) -> Answer {
    return Lane::kDatabase;
  };
  static constexpr auto kByPassword = [](Self& /*self*/, const Request& /*request*/) -> Answer {
    return Lane::kPassword;
  };
  static constexpr std::array kRoutes{
      Route{"/auth", "GET",
            [](Self& self, const Request& request) {
              return self.authorize_at_once(request, request.query);
            },
            [](Self& self, const Request& request) {
              return self.authorize(request, request.query);
            }},
      Route{kExtAuthz, "",
            [](Self& self, const Request& request) { return self.authorize_at_once(request, {}); },
            [](Self& self, const Request& request) { return self.authorize(request, {}); }},
      Route{"/introspect", "POST",
            [](Self& self, const Request& request) { return self.introspect_at_once(request); },
            [](Self& self, const Request& request) {
              return introspect(*self.library_.get(), request);
            }},
      Route{
          "/revoke", "POST", kByDatabase,
          [](Self& self, const Request& request) { return revoke(*self.library_.get(), request); }},
      Route{"/login", "POST", kByPassword,
            [](Self& self, const Request& request) {
              return login(*self.library_.get(), self.library_.policy(), request, self.clock_);
            }},
      Route{"/token", "POST", kByDatabase,
            [](Self& self, const Request& request) {
              return refresh(*self.library_.get(), request, self.clock_);
            }},
      Route{
          "/logout", "POST", kByDatabase,
          [](Self& self, const Request& request) { return logout(*self.library_.get(), request); }},
      Route{"/healthz", "GET",
            [](Self& /*self*/, const Request& /*request*/) -> Answer { return text("ok\n"); },
            nullptr},
      Route{"/readyz", "GET", kByDatabase,
            [](Self& self, const Request& /*request*/) { return self.ready(); }},
      Route{"/.well-known/jwks.json", "GET", kByDatabase,
            [](Self& self, const Request& /*request*/) { return self.key_set(); }},
      Route{"/metrics", "GET",
            [](Self& self, const Request& /*request*/) -> Answer { return self.metrics(); },
            nullptr},
  };
  if (path.starts_with(kExtAuthz)) path = kExtAuthz;
  const auto found = std::ranges::find(kRoutes, path, &Route::path);
  return found != kRoutes.end() ? &*found : nullptr;
}

Routes::Routes(Library& library, Metrics& metrics, RouteOptions options, Clock& clock)
    : library_(library), metrics_(metrics), options_(std::move(options)), clock_(clock) {}

std::string_view Routes::name_of(const Request& request) {
  const Route* route = find(request.path);
  return route != nullptr ? route->path : "none";
}

Answer Routes::at_once(const Request& request) {
  const Route* route = find(request.path);
  if (route == nullptr) return refusal(404, "not_found");
  if (!route->method.empty() && request.method != route->method &&
      !(request.method == "HEAD" && route->method == "GET")) {
    Response response = refusal(405, "invalid_request");
    response.headers.emplace_back("Allow", route->method == "GET" ? "GET, HEAD" : route->method);
    return response;
  }
  return route->at_once(*this, request);
}

Response Routes::answer(const Request& request) {
  return find(request.path)->answer(*this, request);
}

Answer Routes::authorize_at_once(const Request& request, std::string_view query) {
  const auto required = required_of(query);
  if (!required) return refusal(400, "invalid_request");
  const Credential credential = credential_of(request, options_.cookie);
  if (!credential.token) return refused(credential, Refusal::kMalformed, *required);
  const auto library = library_.get();
  if (!library_.waits())
    return judged(credential, library->tokens().look_up(*credential.token, *required), *required);
  const auto known = library->tokens().recall(*credential.token, *required);
  if (!known) return Lane::kDatabase;
  if (const auto lack = auth::lacks(*known, *required))
    return refused(credential, *lack, *required);
  return passed(*known);
}

Response Routes::authorize(const Request& request, std::string_view query) {
  const auto required = *required_of(query);
  const Credential credential = credential_of(request, options_.cookie);
  return judged(credential, library_.get()->tokens().look_up(*credential.token, required),
                required);
}

Answer Routes::introspect_at_once(const Request& request) {
  const auto library = library_.get();
  if (!library_.waits()) return introspect(*library, request);
  if (auto response = introspect_from_memory(*library, request)) return *std::move(response);
  return Lane::kDatabase;
}

Response Routes::ready() {
  library_.get()->database().ping();
  return text("ready\n");
}

Response Routes::key_set() {
  const std::lock_guard lock(key_set_mutex_);  // one looks for all
  if (clock_.steady() >= key_set_until_) {
    key_set_ = library_.get()->jwks().export_set() + "\n";
    key_set_until_ = clock_.steady() + kKeySetLife;
  }
  return {.status = 200,
          .headers = {{"Cache-Control", "public, max-age=300"}},
          .body = key_set_,
          .content_type = "application/jwk-set+json",
          .reason = {}};
}

Response Routes::metrics() {
  const auth::CacheStats stats = library_.stats();
  Response response =
      text(metrics_.text({.map_hits = stats.map_hits,
                          .map_misses = stats.map_misses,
                          .redis_hits = stats.redis_hits,
                          .redis_misses = stats.redis_misses,
                          .database = stats.database,
                          .entries = stats.entries,
                          .feed_lag_s = std::chrono::duration<double>(stats.feed_lag).count()}));
  response.content_type = "text/plain; version=0.0.4; charset=utf-8";
  return response;
}

Response failure(const std::exception& error) {
  const auto* known = dynamic_cast<const Error*>(&error);
  if (known == nullptr) return refusal(500, "server_error");
  switch (known->code()) {
    case Code::kUnavailable:
      return busy();
    case Code::kUsage:
      return refusal(400, "invalid_request");
    case Code::kCredential:
      return challenge(401, "invalid_token", std::string(kChallenge));
    case Code::kPolicy:
      return refusal(403, "access_denied");
    default:
      return refusal(500, "server_error");
  }
}

}  // namespace tokctl::http
