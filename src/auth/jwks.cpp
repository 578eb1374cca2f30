#include "auth/jwks.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "auth/change.h"
#include "auth/jwt_keys.h"
#include "auth/jwt_tokens.h"
#include "auth/read.h"
#include "base/error.h"
#include "base/utf8.h"
#include "model/jwt.h"

namespace tokctl::auth {
namespace {

using crypto::Jwk;
using crypto::JwsAlgorithm;

// An issuing that had read the old key when it was rotated has long been committed or given up.
constexpr Seconds kSettled = std::chrono::hours(1);

[[noreturn]] void throw_jwk_not_found(std::string_view kid) {
  throw Error(Code::kNotFound, "jwk.not_found", fmt::format("key {} not found", printable(kid)),
              "tokctl jwk list");
}

[[noreturn]] void throw_signs(std::string_view type) {
  throw Error(Code::kConflict, "jwk.signs", fmt::format("a key of type {} signs already", type),
              "tokctl jwk rotate");
}

// What is no kid is no key's: the database is not asked for it.
std::optional<db::jwks::Row> find_locked(db::Handle& db, std::string_view kid) {
  return crypto::is_kid(kid) ? db::jwks::find(db, kid, db::Locking::kRows) : std::nullopt;
}

void insert(Change& change, const db::jwks::Row& row) {
  if (db::jwks::find(change.db(), row.info.kid)) {
    throw Error(Code::kConflict, "jwk.exists",
                fmt::format("key {} exists already", printable(row.info.kid)), "tokctl jwk list");
  }
  try {
    db::jwks::insert(change.db(), row);
  } catch (const db::DbError& error) {
    // Somebody else was faster.
    if (error.trouble() == db::Trouble::kUnique) throw_signs(row.type);
    throw;
  }
}

// The row that `rotate` means, locked.
db::jwks::Row signing_row(db::Handle& db, std::string_view kid) {
  if (!kid.empty()) {
    auto row = find_locked(db, kid);
    if (!row) throw_jwk_not_found(kid);
    if (row->info.state != JwkState::kSigning) {
      throw Error(Code::kConflict, "jwk.rotated",
                  fmt::format("key {} does not sign", printable(kid)), "tokctl jwk list");
    }
    return std::move(*row);
  }
  auto rows = db::jwks::list(db);
  std::erase_if(rows, [](const auto& row) { return row.info.state != JwkState::kSigning; });
  if (rows.empty()) {
    throw Error(Code::kNotFound, "jwk.none", "no key signs JWTs", "tokctl jwk create --alg EdDSA");
  }
  if (rows.size() > 1) {
    throw Error(Code::kUsage, "jwk.which", "several keys sign: say which one to rotate",
                "tokctl jwk list");
  }
  return signing_row(db, rows.front().info.kid);
}

bool is_pem(std::string_view text) { return text.find("-----BEGIN ") != std::string_view::npos; }

}  // namespace

Jwks::Jwks(Context& context) : context_(context), keys_(std::make_unique<JwtKeys>(context)) {}
Jwks::Jwks(Jwks&&) noexcept = default;
Jwks::~Jwks() = default;

JwkInfo Jwks::create(JwsAlgorithm algorithm) {
  // Before the transaction: an RSA key takes its time.
  const Jwk key = Jwk::generate(algorithm, context_.random);
  return write(context_, [&](Change& change) {
    const std::string_view type = crypto::to_text(crypto::key_type(algorithm));
    if (db::jwks::find_signing(change.db(), type)) throw_signs(type);
    const auto row = seal_jwk(context_, change.active_key(), key,
                              {.created_at = change.now(), .tokens_until = change.now()});
    insert(change, row);
    change.record("jwk.created", {}, row.info.kid,
                  {{"algorithm", std::string_view(row.info.algorithm)}});
    return row.info;
  });
}

RotatedJwk Jwks::rotate(std::string_view kid, std::optional<JwsAlgorithm> wanted) {
  JwsAlgorithm algorithm{};
  std::string old_kid;
  read(context_, [&](db::Handle& db) {
    const auto row = signing_row(db, kid);
    const auto current = crypto::jws_algorithm_from(row.info.algorithm);
    if (!current) throw Error(Code::kIntegrity, "db.damaged", "a key is of no known algorithm");
    algorithm = wanted.value_or(*current);
    if (crypto::key_type(algorithm) != crypto::key_type(*current)) {
      throw Error(Code::kUsage, "jwk.type",
                  fmt::format("a key for {} cannot take the place of one for {}",
                              crypto::to_text(algorithm), crypto::to_text(*current)),
                  "create it beside the other, then retire that: tokctl jwk create");
    }
    old_kid = row.info.kid;
    return true;
  });
  const Jwk key = Jwk::generate(algorithm, context_.random);
  return write(context_, [&](Change& change) {
    auto old = signing_row(change.db(), old_kid);
    old.info.state = JwkState::kVerifying;
    old.info.rotated_at = change.now();
    db::jwks::update(change.db(), old);
    const auto row = seal_jwk(context_, change.active_key(), key,
                              {.created_at = change.now(), .tokens_until = change.now()});
    insert(change, row);
    change.record("jwk.rotated", {}, old.info.kid,
                  {{"successor", std::string_view(row.info.kid)},
                   {"algorithm", std::string_view(row.info.algorithm)}});
    return RotatedJwk{.created = row.info, .replaced = old.info};
  });
}

JwkInfo Jwks::import(const SecretString& text, std::optional<JwsAlgorithm> algorithm,
                     bool verify_only) {
  const Jwk key = is_pem(text.reveal()) ? Jwk::from_pem(text.reveal(), context_.random, algorithm)
                                        : Jwk::from_json(text.reveal(), crypto::Trust::kForeign,
                                                         context_.random, algorithm);
  return write(context_, [&](Change& change) {
    const std::string_view type = crypto::to_text(crypto::key_type(key.algorithm()));
    const bool signs = key.can_sign() && !verify_only && !db::jwks::find_signing(change.db(), type);
    JwkInfo info{.created_at = change.now()};
    info.state = signs ? JwkState::kSigning : JwkState::kVerifying;
    // Nobody here knows how long the tokens live that it signed elsewhere.
    info.tokens_until = signs && key.can_sign() ? change.now() : from_unix(kJwtTimeMax);
    const auto row = seal_jwk(context_, change.active_key(), key, std::move(info));
    insert(change, row);
    change.record("jwk.imported", {}, row.info.kid,
                  {{"algorithm", std::string_view(row.info.algorithm)}, {"signs", signs}});
    return row.info;
  });
}

bool Jwks::retire(std::string_view kid) {
  return write(context_, [&](Change& change) {
    auto row = find_locked(change.db(), kid);
    if (!row) throw_jwk_not_found(kid);
    if (row->info.state == JwkState::kRetired) return false;
    row->info.state = JwkState::kRetired;
    row->info.retired_at = change.now();
    row->jwk.clear();
    db::jwks::update(change.db(), *row);
    change.record("jwk.retired", {}, kid);
    return true;
  });
}

std::vector<JwkInfo> Jwks::list(bool retired) {
  return read(context_, [&](db::Handle& db) {
    std::vector<JwkInfo> keys;
    for (auto& row : db::jwks::list(db)) {
      if (retired || row.info.state != JwkState::kRetired) keys.push_back(std::move(row.info));
    }
    return keys;
  });
}

std::string Jwks::export_set() {
  cache::Levels* caches = context_.caches();
  if (caches == nullptr)
    return read(context_, [&](db::Handle& db) { return keys_->public_set(db); });
  const std::string name(cache::Shared::kKeySet);
  const auto shared = caches->find_shared_keys({name}, context_.clock.steady());
  if (shared.front()) return std::string(shared.front()->json.reveal());
  cache::Point point;
  std::string set = read(context_, [&](db::Handle& db) {
    point = caches->point();  // before any row is read
    return keys_->public_set(db);
  });
  cache::Shared::KeyTexts texts;
  texts.emplace_back(name, cache::KeyText{.read_at = point, .json = SecretString(set)});
  caches->fill_shared_keys(texts);
  return set;
}

std::int64_t Jwks::retire_finished() {
  std::int64_t count = 0;
  const Time now = context_.clock.now();
  for (const JwkInfo& info : list(false)) {
    if (info.state != JwkState::kVerifying) continue;
    const Time over = std::max(info.tokens_until + kJwtSkew,
                               info.rotated_at.value_or(info.created_at) + kSettled);
    if (now > over && retire(info.kid)) ++count;
  }
  return count;
}

}  // namespace tokctl::auth
