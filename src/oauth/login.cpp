#include "oauth/login.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "oauth/endpoint.h"
#include "oauth/grant_rows.h"
#include "oauth/grants.h"
#include "oauth/pkce.h"
#include "oauth/token_endpoint.h"

namespace tokctl::oauth {
namespace {

// A provider with its secret, opened.
struct Client {
  Client(auth::Context& context, const GrantRef& ref)
      : row((check_grant_ref(ref), get_provider(context, ref.provider))),
        secret(client_secret_of(context, row)),
        endpoint(row.provider, secret) {}

  std::string_view scope(std::string_view asked) const {
    check_oauth_scope(asked);
    return asked.empty() ? std::string_view(row.provider.scope) : asked;
  }

  const db::oauth_providers::ProviderRow row;
  const SecretString secret;
  TokenEndpoint endpoint;
};

Error declined(std::string_view provider) {
  return {Code::kDeclined, "oauth.declined",
          fmt::format("{} was told not to authorize this", provider)};
}

Error redirect_error(std::string_view why) {
  return {Code::kUsage, "oauth.redirect", fmt::format("the URL {}", why),
          "paste the whole address that the browser ended at"};
}

}  // namespace

CodeLogin Login::start(const GrantRef& ref, const std::string& redirect_uri,
                       std::string_view scope) {
  const Client client(context_, ref);
  if (redirect_uri.empty() || redirect_uri.size() > kUrlMax) {
    throw Error(Code::kUsage, "oauth.redirect_uri", "the redirect URI is none");
  }
  CodeLogin login{.ref = ref,
                  .redirect_uri = redirect_uri,
                  .url = {},
                  .state = make_verifier(context_.random),
                  .verifier = make_verifier(context_.random)};
  login.url = client.endpoint.authorization_url(redirect_uri, client.scope(scope), login.state,
                                                login.verifier);
  return login;
}

bool Login::answers(const CodeLogin& login, std::string_view query) {
  const auto fields = parse_form(query);
  if (!fields) return false;
  const auto state = fields->find("state");
  return state != fields->end() && constant_time_equal(state->second, login.state.reveal());
}

OAuthGrant Login::finish(const CodeLogin& login, std::string_view query) {
  if (!answers(login, query)) throw redirect_error("does not belong to this login");
  auto fields = *parse_form(query);
  Client client(context_, login.ref);
  // RFC 9207 §2.4: another server's answer, mixed up with this one's.
  const std::string& issuer = client.row.provider.issuer;
  if (fields.contains("iss") && !issuer.empty() && fields["iss"] != issuer) {
    throw redirect_error("comes from another issuer");
  }
  if (fields.contains("error")) {
    if (fields["error"] == "access_denied") throw declined(login.ref.provider);
    throw Error(Code::kRemote, "oauth.refused",
                fmt::format("{} did not authorize this: {}", login.ref.provider,
                            fields["error"].find_first_not_of("abcdefghijklmnopqrstuvwxyz_") ==
                                    std::string::npos
                                ? fields["error"].substr(0, 64)
                                : "for a reason that is no word of OAuth's"));
  }
  if (fields["code"].empty()) throw redirect_error("has no code in it");
  Answer answer = client.endpoint.exchange_code(fields["code"], login.redirect_uri, login.verifier);
  return keep(login.ref, GrantKind::kCode, {}, std::move(answer));
}

OAuthGrant Login::finish_with_url(const CodeLogin& login, std::string_view url) {
  url = url.substr(0, url.find('#'));
  const auto question = url.find('?');
  if (question == std::string_view::npos) throw redirect_error("has no query");
  return finish(login, url.substr(question + 1));
}

DeviceLogin Login::start_device(const GrantRef& ref, std::string_view scope) {
  Client client(context_, ref);
  auto answer = client.endpoint.start_device(client.scope(scope));
  if (const auto* failure = std::get_if<Failure>(&answer)) throw_failure(*failure);
  return {.ref = ref, .codes = std::get<DeviceResponse>(std::move(answer))};
}

OAuthGrant Login::finish(const DeviceLogin& login) {
  Client client(context_, login.ref);
  Clock& clock = context_.clock;
  Seconds interval = login.codes.interval;
  const auto end = clock.steady() + login.codes.expires_in;
  while (clock.steady() + interval < end) {
    clock.sleep_until(clock.steady() + interval);
    Answer answer = client.endpoint.poll_device(login.codes.device_code);
    const auto* failure = std::get_if<Failure>(&answer);
    if (failure == nullptr) return keep(login.ref, GrantKind::kDevice, {}, std::move(answer));
    using Kind = Failure::Kind;
    // RFC 8628 §3.5. A server that does not answer is asked less often, too.
    if (failure->kind == Kind::kSlowDown || failure->kind == Kind::kTransient) {
      interval += Seconds(5);
    }
    if (failure->retry_after) interval = std::max(interval, *failure->retry_after);
    if (failure->kind == Kind::kRefused) throw_failure(*failure);
    if (failure->kind == Kind::kInvalidGrant) {
      if (failure->message.ends_with("access_denied")) throw declined(login.ref.provider);
      break;
    }
  }
  throw Error(Code::kReauthorize, "oauth.expired", "nobody authorized this in time",
              "begin again: tokctl oauth login");
}

OAuthGrant Login::client_credentials(const GrantRef& ref, std::string_view scope) {
  Client client(context_, ref);
  const std::string asked(client.scope(scope));
  return keep(ref, GrantKind::kClientCredentials, asked, client.endpoint.client_credentials(asked));
}

OAuthGrant Login::keep(const GrantRef& ref, GrantKind kind, std::string_view scope, Answer answer) {
  if (const auto* failure = std::get_if<Failure>(&answer)) throw_failure(*failure);
  SavedResponse saved{.response = std::get<TokenResponse>(std::move(answer)), .expires_at = {}};
  // RFC 6749 §5.1: left out when it is what was asked for.
  if (!saved.response.scope && !scope.empty()) saved.response.scope = scope;
  return Grants(context_).save(ref, kind, saved);
}

}  // namespace tokctl::oauth
