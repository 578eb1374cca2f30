#include "oauth/providers.h"

#include <fmt/format.h>

#include "auth/change.h"
#include "auth/page_token.h"
#include "auth/read.h"
#include "base/error.h"
#include "base/utf8.h"
#include "db/oauth_grant.h"
#include "db/oauth_provider.h"
#include "oauth/discovery.h"
#include "oauth/endpoint.h"
#include "oauth/grant_rows.h"
#include "oauth/presets.h"

namespace tokctl::oauth {
namespace {

using db::oauth_providers::ProviderRow;

constexpr std::size_t kClientSecretMax = 4096;  // bytes

void check_settings(const ProviderSettings& settings) {
  if (settings.client_id) check_client_id(*settings.client_id);
  if (settings.scope) check_oauth_scope(*settings.scope);
  if (settings.params) check_oauth_params(*settings.params);
  const auto check_url = [](const std::optional<std::string>& url, std::string_view what) {
    if (url && !url->empty()) check_endpoint(*url, what);
  };
  check_url(settings.auth_url, "the authorization URL");
  check_url(settings.token_url, "the token URL");
  check_url(settings.device_url, "the device URL");
  check_url(settings.revoke_url, "the revocation URL");
  if (settings.client_secret) {
    // RFC 6749 §A.2 says printable ASCII; there are others, but none with controls.
    const std::string_view secret = settings.client_secret->reveal();
    if (secret.empty() || secret.size() > kClientSecretMax || has_control(secret)) {
      throw Error(Code::kUsage, "oauth.client_secret",
                  fmt::format("a client secret is 1 to {} bytes without control characters",
                              kClientSecretMax));
    }
  }
}

OAuthProvider from_preset(const Preset& preset) {
  return {.auth_method = preset.auth_method,
          .auth_url = std::string(preset.auth_url),
          .token_url = std::string(preset.token_url),
          .device_url = std::string(preset.device_url),
          .revoke_url = std::string(preset.revoke_url),
          .scope = std::string(preset.scope),
          .params = parse_oauth_params(preset.params)};
}

// What the provider publishes of itself; asked before any transaction.
std::optional<OAuthProvider> discovered(const ProviderSettings& settings) {
  if (!settings.issuer || settings.issuer->empty()) return std::nullopt;
  HttpClient http;
  return discover(http, *settings.issuer);
}

void put_endpoints(const OAuthProvider& from, OAuthProvider& provider) {
  provider.issuer = from.issuer;
  provider.auth_url = from.auth_url;
  provider.token_url = from.token_url;
  provider.device_url = from.device_url;
  provider.revoke_url = from.revoke_url;
  provider.auth_method = from.auth_method;
}

template <typename Value>
bool put(const std::optional<Value>& setting, Value& field) {
  if (!setting || *setting == field) return false;
  field = *setting;
  return true;
}

// Whether anything differs afterwards; the secret is not looked at.
bool put_settings(const ProviderSettings& settings, OAuthProvider& provider) {
  bool changed = put(settings.client_id, provider.client_id);
  changed |= put(settings.auth_method, provider.auth_method);
  changed |= put(settings.auth_url, provider.auth_url);
  changed |= put(settings.token_url, provider.token_url);
  changed |= put(settings.device_url, provider.device_url);
  changed |= put(settings.revoke_url, provider.revoke_url);
  changed |= put(settings.scope, provider.scope);
  changed |= put(settings.params, provider.params);
  return changed;
}

void check_whole(const OAuthProvider& provider, const SecretString& secret) {
  if (provider.token_url.empty()) {
    throw Error(Code::kUsage, "oauth.no_token_url", "a provider needs a token URL",
                "give --token-url, or --issuer for a provider that publishes it");
  }
  if (provider.client_id.empty()) {
    throw Error(Code::kUsage, "oauth.no_client_id", "a provider needs a client id",
                "give --client-id: it comes from registering with the provider");
  }
  if (provider.has_secret() && secret.empty()) {
    throw Error(Code::kUsage, "oauth.no_client_secret",
                fmt::format("the method {} needs a client secret", to_text(provider.auth_method)),
                "give --client-secret-stdin, or --auth-method none for a public client");
  }
}

}  // namespace

OAuthProvider Providers::add(const std::string& name, const std::string& preset,
                             const ProviderSettings& settings) {
  check_provider_name(name);
  check_settings(settings);
  const bool by_issuer = settings.issuer.has_value();
  const Preset* known =
      preset.empty() ? (by_issuer ? nullptr : find_preset(name)) : find_preset(preset);
  if (!preset.empty() && (known == nullptr || by_issuer)) {
    throw Error(Code::kUsage, "oauth.preset",
                known == nullptr ? "there is no preset of that name"
                                 : "a preset and an issuer exclude each other",
                "tokctl oauth provider add --help");
  }
  OAuthProvider provider;
  if (known != nullptr) provider = from_preset(*known);
  if (const auto found = discovered(settings)) put_endpoints(*found, provider);
  provider.name = name;
  const SecretString secret =
      settings.client_secret ? settings.client_secret->clone() : SecretString();
  if (secret.empty()) provider.auth_method = ClientAuth::kNone;
  put_settings(settings, provider);
  check_whole(provider, secret);

  return auth::write(context_, [&](auth::Change& change) {
    ProviderRow row{.provider = provider, .client_secret = {}};
    row.provider.created_at = row.provider.updated_at = change.now();
    row.client_secret = seal_client_secret(context_, change.active_key(), row.provider, secret);
    try {
      db::oauth_providers::insert(change.db(), row);
    } catch (const db::DbError& error) {
      if (error.trouble() != db::Trouble::kUnique) throw;
      throw Error(Code::kConflict, "oauth.provider_exists",
                  fmt::format("provider {} already exists", name),
                  fmt::format("tokctl oauth provider update {}", name));
    }
    change.record("oauth_provider.added", {}, name,
                  {{"token_url", std::string_view(row.provider.token_url)},
                   {"auth_method", to_text(row.provider.auth_method)}});
    return row.provider;
  });
}

ProviderChange Providers::update(const std::string& name, const ProviderSettings& settings) {
  check_settings(settings);
  const auto found = discovered(settings);
  return auth::write(context_, [&](auth::Change& change) {
    ProviderRow row = get_provider(change.db(), name, db::Locking::kRows);
    // What was changed by hand is not made good by sealing it anew.
    SecretString secret = client_secret_of(context_, row);
    ProviderChange result;
    if (found) {
      const OAuthProvider before = row.provider;
      put_endpoints(*found, row.provider);
      result.changed = before.issuer != row.provider.issuer ||
                       before.auth_url != row.provider.auth_url ||
                       before.token_url != row.provider.token_url ||
                       before.device_url != row.provider.device_url ||
                       before.revoke_url != row.provider.revoke_url ||
                       before.auth_method != row.provider.auth_method;
    }
    result.changed |= put_settings(settings, row.provider);
    if (settings.client_secret) {
      secret = settings.client_secret->clone();
      result.changed = true;
    }
    check_whole(row.provider, secret);
    if (result.changed) {
      row.client_secret = seal_client_secret(context_, change.active_key(), row.provider, secret);
      row.provider.updated_at = change.now();
      db::oauth_providers::update(change.db(), row);
      change.record("oauth_provider.updated", {}, name,
                    {{"token_url", std::string_view(row.provider.token_url)},
                     {"client_secret", settings.client_secret.has_value()}});
    }
    result.provider = row.provider;
    return result;
  });
}

OAuthProvider Providers::get(std::string_view name) {
  return get_provider(context_, name).provider;
}

Page<OAuthProvider> Providers::list(std::size_t limit, const std::string& page_token) {
  constexpr std::string_view kOrder = "oauth-providers";
  auth::check_page_limit(limit);
  const std::string after =
      page_token.empty() ? "" : auth::parse_page_token(page_token, kOrder, 1)[0];
  Page<OAuthProvider> page;
  page.rows = auth::read(
      context_, [&](db::Handle& db) { return db::oauth_providers::list(db, after, limit + 1); });
  if (auth::drop_surplus(page.rows, limit)) {
    page.next = auth::make_page_token(kOrder, {page.rows.back().name});
  }
  return page;
}

OAuthProvider Providers::remove(const std::string& name) {
  return auth::write(context_, [&](auth::Change& change) {
    ProviderRow row = get_provider(change.db(), name, db::Locking::kRows);
    if (db::oauth_grants::count_of_provider(change.db(), name) > 0) {
      throw Error(Code::kPolicy, "oauth.provider_in_use",
                  fmt::format("there are grants from provider {}", name),
                  fmt::format("tokctl oauth list --provider {}", name));
    }
    db::oauth_providers::remove(change.db(), name);
    change.record("oauth_provider.removed", {}, name);
    return row.provider;
  });
}

std::vector<std::string> Providers::names_with_prefix(std::string_view prefix, std::size_t limit) {
  return auth::read(context_, [&](db::Handle& db) {
    return db::oauth_providers::names_with_prefix(db, prefix, limit);
  });
}

}  // namespace tokctl::oauth
