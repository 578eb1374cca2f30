// The keys of `jwks`, unsealed, each read once by a process.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "auth/context.h"
#include "auth/jws.h"
#include "db/jwk.h"

namespace tokctl::auth {

// Whether a key verifies or signs is read from its row every time; what is kept is only the work of
// unsealing and parsing it, under the sealed value that it was read from. Thread-safe.
class JwtKeys {
 public:
  explicit JwtKeys(const Context& context) : context_(context) {}

  using Key = std::shared_ptr<const JwsKey>;

  // The key of a row that has one. Throws Error(kIntegrity): "seal.broken" or "key.missing", or
  // "jwk.damaged" when what is sealed is another key than the row says.
  Key open(const db::jwks::Row& row);

  // The key that signs, of that algorithm, or, of those types that have one, the first in this
  // order: OKP, EC, RSA, oct. Throws Error(kNotFound, "jwk.none").
  Key signing(db::Handle& db, std::optional<crypto::JwsAlgorithm> algorithm);

  // The key that a header names, as long as it is not retired.
  Key verifying(db::Handle& db, std::string_view header);

 private:
  struct Entry {
    std::string sealed;
    Key key;
  };
  std::optional<std::string> kid_of_known(std::string_view header);

  const Context& context_;
  std::mutex mutex_;
  std::map<std::string, Entry, std::less<>> entries_;  // by kid
};

// A new key's place in the database. `info.state` says whether it signs.
db::jwks::Row seal_jwk(const Context& context, const std::string& root_key_id,
                       const crypto::Jwk& key, JwkInfo info);

}  // namespace tokctl::auth
