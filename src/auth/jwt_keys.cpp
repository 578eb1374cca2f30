#include "auth/jwt_keys.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/error.h"
#include "base/utf8.h"
#include "crypto/seal.h"
#include "model/jwt.h"

namespace tokctl::auth {
namespace {

using crypto::KeyType;

crypto::Address address_of(std::string_view kid) {
  return {.table = "jwks", .key = kid, .column = "jwk"};
}

bool verifies(const db::jwks::Row& row) {
  return row.info.state != JwkState::kRetired && !row.jwk.empty();
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

std::optional<std::string> JwtKeys::kid_named_by(std::string_view header) {
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [kid, entry] : entries_) {
      if (entry.key->header == header) return kid;
    }
    for (const auto& [kid, held] : held_) {
      if (held.key->header == header) return kid;
    }
  }
  return kid_of(header);
}

JwtKeys::Key JwtKeys::held(const std::string& kid) {
  const Clock::Steady now = context_.clock.steady();
  const std::lock_guard lock(mutex_);
  const auto found = held_.find(kid);
  if (found == held_.end() || now >= found->second.until) return nullptr;
  return context_.caches()->keys_hold(found->second.read_at, now) ? found->second.key : nullptr;
}

void JwtKeys::hold(const std::string& kid, Key key, const cache::Point& read_at) {
  const Clock::Steady until = context_.clock.steady() + context_.config.cache.map_ttl;
  const std::lock_guard lock(mutex_);
  held_.insert_or_assign(kid, Held{.key = std::move(key), .read_at = read_at, .until = until});
}

JwtKeys::Key JwtKeys::verifying(db::Handle& db, std::string_view header,
                                const std::optional<cache::Point>& read_at) {
  const auto kid = kid_named_by(header);
  if (!kid) return nullptr;
  const bool caching = read_at && context_.caches() != nullptr;
  if (auto key = caching ? held(*kid) : nullptr) return key;
  const auto row = db::jwks::find(db, *kid);
  if (!row || !verifies(*row)) return nullptr;
  auto key = open(*row);
  if (caching) {
    hold(*kid, key, *read_at);
    const std::lock_guard lock(mutex_);
    to_share_.push_back(*kid);
  }
  return key;
}

std::vector<db::jwks::Row> JwtKeys::verifying_rows(db::Handle& db) {
  auto rows = db::jwks::list(db);
  std::erase_if(rows, [](const db::jwks::Row& row) { return !verifies(row); });
  return rows;
}

std::string JwtKeys::public_set(db::Handle& db) {
  std::vector<Key> held;
  std::vector<const crypto::Jwk*> keys;
  for (const auto& row : verifying_rows(db)) {
    if (row.info.algorithm.starts_with("HS")) continue;
    held.push_back(open(row));
    if (!held.back()->jwk.symmetric()) keys.push_back(&held.back()->jwk);
  }
  return crypto::format_jwk_set(keys);
}

void JwtKeys::recall(const std::vector<std::string_view>& tokens) {
  cache::Levels& caches = *context_.caches();
  const Clock::Steady now = context_.clock.steady();
  if (!caches.shares(now)) return;
  std::vector<std::string> wanted;
  for (const std::string_view token : tokens) {
    const auto parts = split_jwt(token);
    auto kid = parts ? kid_named_by(parts->header) : std::nullopt;
    if (kid && !std::ranges::count(wanted, *kid) && !held(*kid)) wanted.push_back(*std::move(kid));
  }
  auto found = caches.find_shared_keys(wanted, now);
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (!found[i]) continue;
    auto key = std::make_shared<const JwsKey>(
        crypto::Jwk::from_json(found[i]->json.reveal(), crypto::Trust::kOwn, context_.random));
    if (key->jwk.kid() == wanted[i]) hold(wanted[i], std::move(key), found[i]->read_at);
  }
}

void JwtKeys::share() {
  cache::Shared::KeyTexts texts;
  {
    const std::lock_guard lock(mutex_);
    for (const std::string& kid : std::exchange(to_share_, {})) {
      const Held& held = held_.at(kid);
      texts.emplace_back(
          kid, cache::KeyText{.read_at = held.read_at, .json = text_to_verify_with(held.key->jwk)});
    }
  }
  context_.caches()->fill_shared_keys(texts);
}

SecretString JwtKeys::text_to_verify_with(const crypto::Jwk& jwk) {
  return jwk.symmetric() ? jwk.private_json() : SecretString(jwk.public_json());
}

}  // namespace tokctl::auth
