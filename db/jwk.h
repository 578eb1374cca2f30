// The table `jwks`: the keys that sign and verify JWTs.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "db/handle.h"
#include "model/jwk_info.h"

namespace tokctl::db::jwks {

struct Row {
  JwkInfo info;
  std::string type;  // of the key: one of each signs
  std::string jwk;   // sealed at (jwks, kid, jwk); empty once it is retired
};

// Throws DbError(kUnique) when the kid is taken, or another key of the type signs.
void insert(Handle& db, const Row& row);

std::optional<Row> find(Handle& db, std::string_view kid, Locking lock = Locking::kNone);
// The one of that type that signs.
std::optional<Row> find_signing(Handle& db, std::string_view type, Locking lock = Locking::kNone);
// All, a few dozen at most, in order of (created_at, kid).
std::vector<Row> list(Handle& db);

// Writes back state, times and key. Throws DbError(kUnique) as insert. False when there is no such
// row.
bool update(Handle& db, const Row& row);

// Tokens of the key may live until then. Never sets it back.
void extend(Handle& db, std::string_view kid, Time until);

}  // namespace tokctl::db::jwks
