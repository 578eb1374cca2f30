// From a grant as a command names one to its row and its tokens. Shared by the use cases.
#pragma once

#include <string>

#include "auth/change.h"
#include "auth/context.h"
#include "db/oauth_grant.h"
#include "db/oauth_provider.h"
#include "oauth/response.h"

namespace tokctl::oauth {

// `alice at salla (shop-2)`, fit for a terminal.
std::string name_of(const GrantRef& ref);

// Throws Error(kNotFound, "oauth.grant_not_found").
db::oauth_grants::GrantRow get_grant(db::Handle& db, const GrantRef& ref,
                                     db::Locking lock = db::Locking::kNone);
// Throws Error(kNotFound, "oauth.provider_not_found").
db::oauth_providers::ProviderRow get_provider(db::Handle& db, std::string_view name,
                                              db::Locking lock = db::Locking::kNone);
// The same on a connection of the pool, for who changes nothing.
db::oauth_grants::GrantRow get_grant(auth::Context& context, const GrantRef& ref);
db::oauth_providers::ProviderRow get_provider(auth::Context& context, std::string_view name);

// The tokens and the client secret, opened: which proves the row as far as it says where they may
// go, so nothing is sent to a provider whose secret was not. The secret of a public client is
// empty, as is a refresh token that was never given. Throw Error(kIntegrity, "seal.broken").
SecretString access_token_of(const auth::Context& context, const db::oauth_grants::GrantRow& row);
SecretString refresh_token_of(const auth::Context& context, const db::oauth_grants::GrantRow& row);
SecretString client_secret_of(const auth::Context& context,
                              const db::oauth_providers::ProviderRow& row);
std::string seal_client_secret(const auth::Context& context, std::string_view key_id,
                               const OAuthProvider& provider, const SecretString& secret);

// Puts the tokens of an answer in the row, as its next generation: active again, whatever it was,
// with no failures and nobody's lease. Without a refresh token in the answer the one there is
// stays (RFC 6749 §6). `asked_at` is when the request was sent, from when its life counts.
void put_tokens(const auth::Context& context, std::string_view key_id,
                const TokenResponse& response, Time asked_at, db::oauth_grants::GrantRow& row);

// Records an event that names the grant, and one thing more.
void record_grant(auth::Change& change, std::string_view type, const OAuthGrant& grant,
                  std::string_view name, auth::DetailValue value);

}  // namespace tokctl::oauth
