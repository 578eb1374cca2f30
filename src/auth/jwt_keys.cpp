#include "auth/jwt_keys.h"

#include <fmt/format.h>

#include <array>

#include "base/error.h"
#include "base/utf8.h"
#include "crypto/seal.h"

namespace tokctl::auth {
namespace {

using crypto::KeyType;

crypto::Address address_of(std::string_view kid) {
  return {.table = "jwks", .key = kid, .column = "jwk"};
}

}  // namespace

db::jwks::Row seal_jwk(const Context& context, const std::string& root_key_id,
                       const crypto::Jwk& key, JwkInfo info) {
  info.kid = key.kid();
  info.algorithm = crypto::to_text(key.algorithm());
  db::jwks::Row row{.info = std::move(info),
                    .type = std::string(crypto::to_text(crypto::key_type(key.algorithm()))),
                    .jwk = {}};
  row.jwk = crypto::seal(context.keyring, root_key_id, key.private_json().reveal(),
                         address_of(key.kid()), context.random);
  return row;
}

JwtKeys::Key JwtKeys::open(const db::jwks::Row& row) {
  {
    const std::lock_guard lock(mutex_);
    const auto found = entries_.find(row.info.kid);
    if (found != entries_.end() && found->second.sealed == row.jwk) return found->second.key;
  }
  const SecretString json = crypto::unseal(context_.keyring, row.jwk, address_of(row.info.kid));
  auto key = std::make_shared<const JwsKey>(
      crypto::Jwk::from_json(json.reveal(), crypto::Trust::kOwn, context_.random));
  if (key->jwk.kid() != row.info.kid ||
      crypto::to_text(key->jwk.algorithm()) != row.info.algorithm) {
    throw Error(Code::kIntegrity, "jwk.damaged",
                fmt::format("the key {} is another than its row says", printable(row.info.kid)),
                "tokctl db check");
  }
  const std::lock_guard lock(mutex_);
  entries_.insert_or_assign(row.info.kid, Entry{row.jwk, key});
  return key;
}

JwtKeys::Key JwtKeys::signing(db::Handle& db, std::optional<crypto::JwsAlgorithm> algorithm) {
  // Short signatures and keys first; a symmetric key last, since whoever verifies with it can sign.
  for (const KeyType type : {KeyType::kOkp, KeyType::kEc, KeyType::kRsa, KeyType::kOct}) {
    if (algorithm && crypto::key_type(*algorithm) != type) continue;
    const auto row = db::jwks::find_signing(db, crypto::to_text(type));
    if (row && (!algorithm || row->info.algorithm == crypto::to_text(*algorithm)))
      return open(*row);
  }
  const std::string_view wanted = algorithm ? crypto::to_text(*algorithm) : "EdDSA";
  throw Error(Code::kNotFound, "jwk.none",
              algorithm ? fmt::format("no key signs JWTs with {}", wanted) : "no key signs JWTs",
              fmt::format("tokctl jwk create --alg {}", wanted));
}

std::optional<std::string> JwtKeys::kid_of_known(std::string_view header) {
  const std::lock_guard lock(mutex_);
  for (const auto& [kid, entry] : entries_) {
    if (entry.key->header == header) return kid;
  }
  return std::nullopt;
}

JwtKeys::Key JwtKeys::verifying(db::Handle& db, std::string_view header) {
  auto kid = kid_of_known(header);
  if (!kid) kid = kid_of(header);
  const auto row = kid ? db::jwks::find(db, *kid) : std::nullopt;
  if (!row || row->info.state == JwkState::kRetired || row->jwk.empty()) return nullptr;
  return open(*row);
}

}  // namespace tokctl::auth
