#include "auth/database.h"

#include <fmt/format.h>

#include <algorithm>

#include "auth/audit.h"
#include "auth/change.h"
#include "auth/jwks.h"
#include "auth/jwt_keys.h"
#include "auth/kit_tokens.h"
#include "auth/passwords.h"
#include "auth/read.h"
#include "auth/sessions.h"
#include "auth/token_kind.h"
#include "auth/tokens.h"
#include "base/error.h"
#include "base/utf8.h"
#include "crypto/seal.h"
#include "db/api_token.h"
#include "db/event.h"
#include "db/jwk.h"
#include "db/login_throttle.h"
#include "db/migrate.h"
#include "db/oauth_grant.h"
#include "db/root_key.h"
#include "db/sealed.h"
#include "db/session.h"
#include "db/user.h"

namespace tokctl::auth {
namespace {

constexpr std::size_t kBatch = 1000;
// An import brings users first and their sessions after them, perhaps by another command.
constexpr Seconds kImport = std::chrono::days(1);

// A line for each sealed value that does not open.
void check_sealed(const Context& context, db::Handle& db, std::vector<std::string>& troubles,
                  const Progress& progress) {
  std::int64_t total = 0;
  for (const auto& column : db::sealed_columns()) total += db::count_sealed(db, column, {});
  std::int64_t done = 0;
  for (const auto& column : db::sealed_columns()) {
    std::string after;
    for (;;) {
      const auto page = db::list_sealed(db, column, {}, after, kBatch);
      for (const auto& sealed : page) {
        try {
          crypto::unseal(context.keyring, sealed.value, db::address_of(column, sealed));
        } catch (const Error& error) {
          troubles.push_back(error.message());
        }
        if (progress) progress(++done, std::max(done, total));
      }
      if (page.size() < kBatch) break;
      after = page.back().key;
    }
  }
}

// Users whose imported sessions have all expired keep nothing of kit's any longer.
std::int64_t forget_kit_where_over(Context& context) {
  const Time before = context.clock.now() - kImport;
  std::int64_t forgotten = 0;
  std::string after;
  for (;;) {
    const auto ids = read(context, [&](db::Handle& db) {
      return db::users::ids_with_kit(db, before, after, kBatch);
    });
    if (ids.empty()) return forgotten;
    forgotten += write(context, [&](Change& change) {
      std::int64_t count = 0;
      for (const std::string& id : ids) count += forget_kit_if_over(change, id) ? 1 : 0;
      if (count > 0) change.record("user.kit_forgotten", {}, {}, {{"count", count}});
      return count;
    });
    after = ids.back();
  }
}

// Grants that were revoked before then.
std::int64_t prune_grants(Context& context, Time before) {
  std::int64_t pruned = 0;
  std::string after;
  for (;;) {
    const auto ids = read(context, [&](db::Handle& db) {
      return db::oauth_grants::revoked(db, before, after, kBatch);
    });
    if (ids.empty()) return pruned;
    pruned += write(context, [&](Change& change) {
      std::int64_t count = 0;
      for (const std::string& id : ids)
        count += db::oauth_grants::remove_revoked(change.db(), id, before) ? 1 : 0;
      if (count > 0) {
        change.record("oauth_grant.pruned", {}, {},
                      {{"count", count}, {"before", to_unix(before)}});
      }
      return count;
    });
    after = ids.back();
  }
}

// Root keys change one after the other, and while nobody else commits: what is made under a key
// that is being retired is either there to be seen, or not made. See Change::commit.
void hold_writers(Change& change) { db::events::head(change.db(), db::Locking::kRows); }

db::root_keys::Entry get_root_key(db::Handle& db, std::string_view id) {
  for (auto& entry : db::root_keys::list(db)) {
    if (entry.id == id) return entry;
  }
  throw Error(Code::kNotFound, "key.not_found",
              fmt::format("root key {} is not known to this database", printable(id)),
              "tokctl db status");
}

}  // namespace

DatabaseStatus Database::status() {
  return read(context_, [&](db::Handle& db) {
    DatabaseStatus status;
    status.url = without_password(context_.config.db);
    status.driver = context_.pool.driver().name();
    status.schema_version = db::schema_version(db).value_or(0);
    status.program_version = db::kSchemaVersion;
    status.active_root_key = db::root_keys::active(db).value_or("");
    status.users = db::users::count(db);
    status.events = db::events::head(db, db::Locking::kNone).seq;
    return status;
  });
}

void Database::ping() {
  const auto active = read(context_, [](db::Handle& db) { return db::root_keys::active(db); });
  if (active && context_.keyring.has(*active)) return;
  throw Error(
      Code::kIntegrity, "key.missing",
      "the key file does not hold the active root key " + active.value_or("") + " of the database");
}

std::vector<RootKeyInfo> Database::root_keys() {
  std::vector<RootKeyInfo> keys;
  for (const auto& entry : read(context_, [](db::Handle& db) { return db::root_keys::list(db); })) {
    keys.push_back({.id = entry.id,
                    .state = std::string(db::root_keys::to_text(entry.state)),
                    .held = context_.keyring.has(entry.id),
                    .created_at = entry.created_at});
  }
  return keys;
}

std::vector<std::string> Database::check(const Progress& progress) {
  auto found = read(context_, [&](db::Handle& db) {
    std::vector<std::string> troubles;
    if (auto trouble = db.connection().check(); !trouble.empty()) troubles.push_back(trouble);
    check_sealed(context_, db, troubles, progress);
    JwtKeys keys(context_);
    for (const auto& row : db::jwks::list(db)) {
      if (row.jwk.empty()) continue;
      try {
        keys.open(row);
      } catch (const Error& error) {
        // One that does not open has been told above.
        if (error.id() == "jwk.damaged") troubles.push_back(error.message());
      }
    }
    for (const std::string& id : db::api_tokens::inconsistent(db, kBatch))
      troubles.push_back("token " + printable(id) + " ends when its times do not say");
    return troubles;
  });
  try {
    Audit(context_).verify({}, progress);
  } catch (const Error& error) {
    if (error.code() != Code::kIntegrity) throw;
    found.push_back(error.message());
  }
  return found;
}

Collected Database::collect(std::optional<Seconds> older_than, const Progress& progress) {
  const Policy& policy = context_.config.policy;
  const Time now = context_.clock.now();
  Collected collected;
  collected.sessions =
      Sessions(context_).prune(now - older_than.value_or(policy.session_retention), progress);
  collected.tokens =
      Tokens(context_).prune(now - older_than.value_or(policy.session_retention), progress);
  collected.grants = prune_grants(context_, now - older_than.value_or(policy.session_retention));
  if (policy.event_retention > Seconds(0))
    collected.events = Audit(context_).prune(now - policy.event_retention, progress);
  collected.kit_users = forget_kit_where_over(context_);
  collected.jwks = Jwks(context_).retire_finished();
  for (;;) {  // counts of failed logins speak of a day
    const auto count = write(context_, [&](Change& change) {
      const auto deleted =
          db::login_throttle::prune(change.db(), now - std::chrono::days(2), kBatch);
      if (deleted > 0) change.record("login_throttle.pruned", {}, {}, {{"count", deleted}});
      return deleted;
    });
    collected.login_throttle += count;
    if (context_.config.dry_run || count < static_cast<std::int64_t>(kBatch)) return collected;
  }
}

bool Database::add_root_key(std::string_view id) {
  context_.keyring.subkey(id, crypto::Purpose::kSeal);  // throws unless it is held here
  return write(context_, [&](Change& change) {
    hold_writers(change);
    const auto known = db::root_keys::list(change.db());
    if (std::ranges::any_of(known, [&](const auto& entry) { return entry.id == id; })) return false;
    db::root_keys::insert(change.db(), {.id = std::string(id),
                                        .state = db::root_keys::State::kLive,
                                        .created_at = change.now(),
                                        .activated_at = {},
                                        .retired_at = {}});
    change.record("root_key.added", {}, id);
    return true;
  });
}

bool Database::activate_root_key(std::string_view id) {
  context_.keyring.subkey(id, crypto::Purpose::kSeal);
  return write(context_, [&](Change& change) {
    hold_writers(change);
    auto next = get_root_key(change.db(), id);
    if (next.state == db::root_keys::State::kActive) return false;
    if (next.state == db::root_keys::State::kRetired) {
      throw Error(Code::kPolicy, "key.retired",
                  fmt::format("root key {} was retired and stays so", next.id),
                  "tokctl init --new-root-key");
    }
    auto last = get_root_key(change.db(), change.active_key());
    last.state = db::root_keys::State::kLive;
    db::root_keys::update(change.db(), last);
    next.state = db::root_keys::State::kActive;
    next.activated_at = change.now();
    db::root_keys::update(change.db(), next);
    change.record("root_key.activated", {}, id, {{"before", std::string_view(last.id)}});
    return true;
  });
}

bool Database::retire_root_key(std::string_view id) {
  return write(context_, [&](Change& change) {
    hold_writers(change);
    auto entry = get_root_key(change.db(), id);
    if (entry.state == db::root_keys::State::kRetired) return false;
    if (entry.state == db::root_keys::State::kActive) {
      throw Error(Code::kPolicy, "key.active", fmt::format("root key {} is in use", entry.id),
                  "activate another first: tokctl init --activate ID");
    }
    for (const auto& column : db::sealed_columns()) {
      if (!db::has_sealed(change.db(), column, crypto::sealed_prefix(id))) continue;
      throw Error(Code::kPolicy, "key.in_use",
                  fmt::format("values sealed under root key {} remain", entry.id),
                  "tokctl db rekey");
    }
    entry.state = db::root_keys::State::kRetired;
    entry.retired_at = change.now();
    db::root_keys::update(change.db(), entry);
    // Its tokens end with it: nothing then has to ask for the key's state.
    std::int64_t sessions = 0;
    std::int64_t tokens = 0;
    for (const TokenKind* kind : token_kinds())
      (kind == &kSessionTokens ? sessions : tokens) +=
          kind->end_of_root_key(change.db(), id, change.now());
    change.record("root_key.retired", {}, id,
                  {{"sessions_revoked", sessions}, {"tokens_revoked", tokens}});
    return true;
  });
}

}  // namespace tokctl::auth
