// The table `oauth_providers`.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "db/handle.h"
#include "model/oauth.h"
#include "model/page.h"

namespace tokctl::db::oauth_providers {

struct ProviderRow {
  OAuthProvider provider;
  // Sealed, and bound to what follows here; of a public client an empty one. NULL is nothing that
  // tokctl writes.
  std::optional<std::string> client_secret;
};

// What decides where the secret and tokens are sent, and how: every column that says so.
std::string bound(const OAuthProvider& provider);

// The name must be free: DbError(kUnique) otherwise.
void insert(Handle& db, const ProviderRow& row);
std::optional<ProviderRow> find(Handle& db, std::string_view name, Locking lock = Locking::kNone);
// Writes back everything but the name and created_at. False when there is no such row.
bool update(Handle& db, const ProviderRow& row);
// False when there is no such row. One that grants still refer to must not be removed.
bool remove(Handle& db, std::string_view name);

// At most `limit`, in order of their names, behind `after`.
std::vector<OAuthProvider> list(Handle& db, std::string_view after, std::size_t limit = kPageMax);
std::vector<std::string> names_with_prefix(Handle& db, std::string_view prefix, std::size_t limit);

}  // namespace tokctl::db::oauth_providers
