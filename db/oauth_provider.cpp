#include "db/oauth_provider.h"

#include "crypto/seal.h"
#include "db/prefix.h"
#include "db/stored.h"

namespace tokctl::db::oauth_providers {
namespace {

constexpr Part kColumns =
    "name, client_id, client_secret, auth_method, issuer, auth_url, token_url, device_url,"
    " revoke_url, scope, params, created_at, updated_at";

ProviderRow provider_row(const Row& row) {
  return {.provider = {.name = row.string(0),
                       .client_id = row.string(1),
                       .auth_method = stored(client_auth_from(row.text(3))),
                       .issuer = row.string(4),
                       .auth_url = row.string(5),
                       .token_url = row.string(6),
                       .device_url = row.string(7),
                       .revoke_url = row.string(8),
                       .scope = row.string(9),
                       .params = parse_oauth_params(row.text(10)),
                       .created_at = row.time(11),
                       .updated_at = row.time(12)},
          .client_secret = row.optional_string(2)};
}

}  // namespace

// The columns, and their order, of sealed_columns().
std::string bound(const OAuthProvider& provider) {
  return crypto::bind({provider.client_id, to_text(provider.auth_method), provider.issuer,
                       provider.auth_url, provider.token_url, provider.device_url,
                       provider.revoke_url, provider.scope, format_oauth_params(provider.params)});
}

void insert(Handle& db, const ProviderRow& row) {
  const OAuthProvider& provider = row.provider;
  db.run(
      "INSERT INTO oauth_providers (name, client_id, client_secret, auth_method, issuer, auth_url,"
      " token_url, device_url, revoke_url, scope, params, created_at, updated_at)"
      " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      provider.name, provider.client_id, row.client_secret, to_text(provider.auth_method),
      provider.issuer, provider.auth_url, provider.token_url, provider.device_url,
      provider.revoke_url, provider.scope, format_oauth_params(provider.params),
      provider.created_at, provider.updated_at);
}

std::optional<ProviderRow> find(Handle& db, std::string_view name, Locking lock) {
  constexpr Sql kFind = Sql::of<"SELECT ", kColumns, " FROM oauth_providers WHERE name = ?">();
  return db.first(kFind.with(lock), provider_row, name);
}

bool update(Handle& db, const ProviderRow& row) {
  const OAuthProvider& provider = row.provider;
  return db.run(
             "UPDATE oauth_providers SET client_id = ?, client_secret = ?, auth_method = ?,"
             " issuer = ?, auth_url = ?, token_url = ?, device_url = ?, revoke_url = ?, scope = ?,"
             " params = ?, updated_at = ? WHERE name = ?",
             provider.client_id, row.client_secret, to_text(provider.auth_method), provider.issuer,
             provider.auth_url, provider.token_url, provider.device_url, provider.revoke_url,
             provider.scope, format_oauth_params(provider.params), provider.updated_at,
             provider.name) > 0;
}

bool remove(Handle& db, std::string_view name) {
  return db.run("DELETE FROM oauth_providers WHERE name = ?", name) > 0;
}

std::vector<OAuthProvider> list(Handle& db, std::string_view after, std::size_t limit) {
  constexpr Sql kList =
      Sql::of<"SELECT ", kColumns, " FROM oauth_providers WHERE name > ? ORDER BY name LIMIT ?">();
  std::vector<OAuthProvider> page;
  db.each(kList, [&](const Row& row) { page.push_back(provider_row(row).provider); }, after, limit);
  return page;
}

std::vector<std::string> names_with_prefix(Handle& db, std::string_view prefix, std::size_t limit) {
  return texts_with_prefix<"name", "oauth_providers">(db, prefix, limit);
}

}  // namespace tokctl::db::oauth_providers
