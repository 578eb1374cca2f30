// The keys of `jwks`, unsealed, each read once by a process.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "auth/context.h"
#include "auth/jws.h"
#include "db/jwk.h"

namespace tokctl::auth {

// Whether a key signs is read from its row every time, and so is whether it verifies where nothing
// is cached; what is kept is then only the work of unsealing and parsing it, under the sealed value
// that it was read from. With caches a key that verifies is held as verdicts are: in memory, in
// Redis without what only signing needs, and no longer than the feed says nothing of keys.
// Thread-safe.
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

  // The key that a header names, as long as it is not retired. With the point that was known before
  // `db` began to read, from the caches if they have it; from its row without.
  Key verifying(db::Handle& db, std::string_view header,
                const std::optional<cache::Point>& read_at = {});

  // Of the keys that verify, which are those that are not retired, in order of creation: all as
  // they are stored; and the public ones as a JWK Set (RFC 7517 §5). Symmetric keys are nobody
  // else's business, and are not opened for it.
  static std::vector<db::jwks::Row> verifying_rows(db::Handle& db);
  std::string public_set(db::Handle& db);

  // Before the database is asked, takes from Redis the keys that these tokens name and that memory
  // does not hold; after, gives it those that the database had to be asked for.
  void recall(const std::vector<std::string_view>& tokens);
  void share();

  // What another process needs to verify with it: not the private part of a key that has a public
  // one.
  static SecretString text_to_verify_with(const crypto::Jwk& jwk);

 private:
  struct Held {
    Key key;
    cache::Point read_at;
    Clock::Steady until{0};
  };
  struct Entry {
    std::string sealed;
    Key key;
  };
  std::optional<std::string> kid_named_by(std::string_view header);
  Key held(const std::string& kid);
  void hold(const std::string& kid, Key key, const cache::Point& read_at);

  const Context& context_;
  std::mutex mutex_;
  std::map<std::string, Entry, std::less<>> entries_;  // by kid
  std::map<std::string, Held, std::less<>> held_;      // by kid
  std::vector<std::string> to_share_;                  // kids in held_
};

// A new key's place in the database. `info.state` says whether it signs.
db::jwks::Row seal_jwk(const Context& context, const std::string& root_key_id,
                       const crypto::Jwk& key, JwkInfo info);

}  // namespace tokctl::auth
