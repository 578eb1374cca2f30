#include "oauth/grant_rows.h"

#include <fmt/format.h>

#include "auth/read.h"
#include "base/error.h"
#include "base/utf8.h"
#include "crypto/seal.h"
#include "model/oauth.h"

namespace tokctl::oauth {
namespace {

using db::oauth_grants::GrantRow;
using db::oauth_providers::ProviderRow;

crypto::Address access_address(const GrantRow& row, std::string_view bound) {
  return {.table = "oauth_grants", .key = row.grant.id, .column = "access_token", .bound = bound};
}

crypto::Address refresh_address(const GrantRow& row, std::string_view bound) {
  return {.table = "oauth_grants", .key = row.grant.id, .column = "refresh_token", .bound = bound};
}

crypto::Address secret_address(const OAuthProvider& provider, std::string_view bound) {
  return {
      .table = "oauth_providers", .key = provider.name, .column = "client_secret", .bound = bound};
}

// What is not there does not open: whoever took it away would else be trusted with the row.
SecretString open(const auth::Context& context, const std::optional<std::string>& sealed,
                  const crypto::Address& address, const std::string& way_out) {
  try {
    return crypto::unseal(context.keyring, sealed.value_or(""), address);
  } catch (const Error& error) {
    if (error.id() != "seal.broken") throw;
    throw Error(error.code(), error.id(), error.message(),
                fmt::format("its row was changed, and not by tokctl: {}", way_out));
  }
}

std::string login_again(const GrantRow& row) {
  return fmt::format("tokctl oauth login ACCOUNT --provider {}", printable(row.grant.ref.provider));
}

}  // namespace

std::string name_of(const GrantRef& ref) {
  const std::string name = fmt::format("{} at {}", printable(ref.account), ref.provider);
  return ref.label.empty() ? name : fmt::format("{} ({})", name, ref.label);
}

GrantRow get_grant(db::Handle& db, const GrantRef& ref, db::Locking lock) {
  auto row = db::oauth_grants::find(db, ref, lock);
  if (!row) {
    throw Error(Code::kNotFound, "oauth.grant_not_found",
                fmt::format("there is no grant of {}", name_of(ref)), "tokctl oauth list");
  }
  return std::move(*row);
}

ProviderRow get_provider(db::Handle& db, std::string_view name, db::Locking lock) {
  check_provider_name(name);
  auto row = db::oauth_providers::find(db, name, lock);
  if (!row) {
    throw Error(Code::kNotFound, "oauth.provider_not_found",
                fmt::format("provider {} not found", printable(name)),
                "tokctl oauth provider list");
  }
  return std::move(*row);
}

GrantRow get_grant(auth::Context& context, const GrantRef& ref) {
  return auth::read(context, [&](db::Handle& db) { return get_grant(db, ref); });
}

ProviderRow get_provider(auth::Context& context, std::string_view name) {
  return auth::read(context, [&](db::Handle& db) { return get_provider(db, name); });
}

SecretString access_token_of(const auth::Context& context, const GrantRow& row) {
  return open(context, row.access_token,
              access_address(row, db::oauth_grants::access_bound(row.grant)), login_again(row));
}

SecretString refresh_token_of(const auth::Context& context, const GrantRow& row) {
  if (!row.refresh_token) return {};
  return open(context, row.refresh_token,
              refresh_address(row, db::oauth_grants::refresh_bound(row.grant)), login_again(row));
}

SecretString client_secret_of(const auth::Context& context, const ProviderRow& row) {
  return open(context, row.client_secret,
              secret_address(row.provider, db::oauth_providers::bound(row.provider)),
              fmt::format("tokctl oauth provider remove {}, then add it again",
                          printable(row.provider.name)));
}

std::string seal_client_secret(const auth::Context& context, std::string_view key_id,
                               const OAuthProvider& provider, const SecretString& secret) {
  return crypto::seal(context.keyring, key_id, secret.reveal(),
                      secret_address(provider, db::oauth_providers::bound(provider)),
                      context.random);
}

void put_tokens(const auth::Context& context, std::string_view key_id,
                const TokenResponse& response, Time asked_at, GrantRow& row) {
  const auto seal = [&](const SecretString& token, const crypto::Address& address) {
    return crypto::seal(context.keyring, key_id, token.reveal(), address, context.random);
  };
  if (response.scope) row.grant.scope = *response.scope;
  row.access_token =
      seal(response.access_token, access_address(row, db::oauth_grants::access_bound(row.grant)));
  if (!response.refresh_token.empty()) {
    row.refresh_token = seal(response.refresh_token,
                             refresh_address(row, db::oauth_grants::refresh_bound(row.grant)));
    row.grant.has_refresh_token = true;
  }
  row.grant.state = GrantState::kActive;
  row.grant.obtained_at = asked_at;
  row.grant.expires_at =
      response.expires_in ? std::optional(asked_at + *response.expires_in) : std::nullopt;
  row.grant.failures = 0;
  row.grant.last_error.clear();
  row.grant.failed_at.reset();
  row.grant.retry_at.reset();
  row.lease_id.clear();
  row.lease_until.reset();
  ++row.generation;
}

void record_grant(auth::Change& change, std::string_view type, const OAuthGrant& grant,
                  std::string_view name, auth::DetailValue value) {
  change.record(type, {}, grant.id,
                {{"account", std::string_view(grant.ref.account)},
                 {"provider", std::string_view(grant.ref.provider)},
                 {"label", std::string_view(grant.ref.label)},
                 {name, value}});
}

}  // namespace tokctl::oauth
