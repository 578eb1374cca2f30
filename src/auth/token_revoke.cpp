// Ending tokens, and forgetting those that ended.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "auth/api_tokens.h"
#include "auth/change.h"
#include "auth/jwt_keys.h"
#include "auth/read.h"
#include "auth/session_change.h"
#include "auth/tokens.h"
#include "auth/user_rows.h"
#include "auth/web_tokens.h"
#include "base/error.h"
#include "db/refresh_token.h"
#include "db/session.h"
#include "db/verification_token.h"
#include "model/opaque_token.h"

namespace tokctl::auth {
namespace {

constexpr std::size_t kBatch = 1000;  // rows a transaction changes: short enough to delay nobody

// A table of tokens, swept of those that ended before a time.
struct PrunedTable {
  std::string_view event;
  Time before;
  std::int64_t (*count)(db::Handle&, Time);
  std::int64_t (*prune)(db::Handle&, Time, std::size_t);
};

RevokedToken end_session_token(Change& change, const Session& session) {
  return {.type = session.kind == SessionKind::kWeb ? TokenType::kWeb : TokenType::kJwt,
          .id = session.session_id,
          .changed = end_session(change, session)};
}

RevokedToken end_api_token(Change& change, const ApiToken& token) {
  RevokedToken revoked{.type = TokenType::kApi, .id = token.id};
  revoked.changed = db::api_tokens::revoke(change.db(), token.id, change.now());
  if (revoked.changed) change.record("api_token.revoked", token.public_id, token.id);
  return revoked;
}

// A family ends whole: its session with it, on which its JWTs hang too.
RevokedToken end_refresh_token(Change& change, const RefreshToken& token) {
  RevokedToken revoked{.type = TokenType::kRefresh, .id = token.id};
  const auto session = db::sessions::find(change.db(), token.session_id);
  if (session) revoked.changed = end_session(change, *session);
  return revoked;
}

RevokedToken end_verification(Change& change, const VerificationToken& token) {
  RevokedToken revoked{.type = TokenType::kVerify, .id = token.id};
  revoked.changed = db::verification_tokens::void_one(change.db(), token.id, change.now());
  if (revoked.changed) change.record("verification_token.revoked", token.public_id, token.id);
  return revoked;
}

// Ends what `text` is, if it is a token of ours.
std::optional<RevokedToken> end_presented(const Context& context, KitTokens& kit, JwtKeys& keys,
                                          Change& change, std::string_view text) {
  if (parse_opaque_token(text)) {
    if (const auto row = find_api_token(context, change.db(), text))
      return end_api_token(change, row->token);
    if (const auto token = find_refresh_token(context, change.db(), text))
      return end_refresh_token(change, *token);
    if (const auto token = find_verification_token(context, change.db(), text))
      return end_verification(change, *token);
    return std::nullopt;
  }
  if (const auto session_id = session_of_jwt(keys, change.db(), text)) {
    const auto session = db::sessions::find(change.db(), *session_id);
    if (!session || session->kind != SessionKind::kJwt) return std::nullopt;
    return end_session_token(change, *session);
  }
  const auto row = find_genuine_session(context, kit, change.db(), text);
  return row ? std::optional(end_session_token(change, row->session)) : std::nullopt;
}

// One event a token, so that whoever caches them knows which.
std::int64_t end_named(Context& context, const std::string& public_id, const std::string& name) {
  std::int64_t ended = 0;
  std::optional<db::Place> last;
  for (;;) {
    const auto page = write(context, [&](Change& change) {
      auto tokens = db::api_tokens::list(
          change.db(),
          {.public_id = public_id, .name = name, .live_at = change.now(), .limit = kBatch},
          last ? &*last : nullptr);
      // One that somebody else ends meanwhile is theirs.
      const auto mine = std::ranges::count_if(
          tokens, [&](const ApiToken& token) { return end_api_token(change, token).changed; });
      return std::pair(std::move(tokens), mine);
    });
    ended += page.second;
    if (page.first.size() < kBatch) return ended;
    last = {page.first.back().created_at, page.first.back().id};
  }
}

}  // namespace

RevokedToken Tokens::revoke(std::string_view text) {
  return write(context_, [&](Change& change) {
    if (auto revoked = end_presented(context_, *kit_, *keys_, change, text))
      return *std::move(revoked);
    throw Error(Code::kCredential, "token.invalid", "this is not a token that can be revoked",
                "by its public id: tokctl token revoke ID");
  });
}

RevokedToken Tokens::revoke_id(std::string_view id) {
  return write(context_, [&](Change& change) {
    if (const auto token = db::api_tokens::find(change.db(), id))
      return end_api_token(change, *token);
    if (const auto token = db::refresh_tokens::find(change.db(), id))
      return end_refresh_token(change, *token);
    if (const auto token = db::verification_tokens::find(change.db(), id))
      return end_verification(change, *token);
    const auto session = db::sessions::find(change.db(), id);
    if (!session) throw_token_not_found(id);
    return end_session_token(change, *session);
  });
}

RevokedTokens Tokens::revoke_all(const RevokeQuery& query) {
  std::string public_id;
  if (query.user) {
    public_id =
        read(context_, [&](db::Handle& db) { return get_user(db, *query.user); }).user.public_id;
  }
  const bool stored = !query.type || *query.type == TokenType::kApi;
  if (!query.name.empty())
    return {.tokens = stored ? end_named(context_, public_id, query.name) : 0};
  if (public_id.empty()) {
    throw Error(Code::kUsage, "token.which", "say which tokens to end: by user, by name, or both");
  }
  return write(context_, [&](Change& change) {
    RevokedTokens revoked;
    // Locked, so that a token issued at the same time either ends too or comes after.
    get_user(change.db(), {.email = {}, .public_id = public_id}, db::Locking::kRows);
    if (!query.type) {
      revoked.sessions = end_sessions_of(change, public_id, {});
    } else if (*query.type == TokenType::kWeb) {
      revoked.sessions = end_sessions_of(change, public_id, SessionKind::kWeb);
    } else if (*query.type == TokenType::kJwt || *query.type == TokenType::kRefresh) {
      revoked.sessions = end_sessions_of(change, public_id, SessionKind::kJwt);
    }
    if (!query.type || *query.type == TokenType::kVerify) {
      const auto count =
          db::verification_tokens::void_all(change.db(), public_id, {}, change.now());
      if (count > 0)
        change.record("verification_token.revoked", public_id, public_id, {{"count", count}});
      revoked.tokens += count;
    }
    if (stored) {
      const auto count = db::api_tokens::revoke_all(change.db(), public_id, change.now());
      if (count > 0)
        change.record("api_token.revoked_all", public_id, public_id, {{"count", count}});
      revoked.tokens += count;
    }
    return revoked;
  });
}

std::int64_t Tokens::prune(Time before, const Progress& progress) {
  // A use may not have been written yet: twice the time between two flushes is left for it. And
  // tries of a code are counted for a while yet.
  const Time now = context_.clock.now();
  const PrunedTable tables[] = {
      {"api_token.pruned", std::min(before, now - 2 * kUseFlush), db::api_tokens::count_prunable,
       db::api_tokens::prune},
      {"refresh_token.pruned", before, db::refresh_tokens::count_prunable,
       db::refresh_tokens::prune},
      {"verification_token.pruned", std::min(before, now - kCodeWindow),
       db::verification_tokens::count_prunable, db::verification_tokens::prune}};
  std::int64_t total = 0;
  for (const PrunedTable& table : tables)
    total += read(context_, [&](db::Handle& db) { return table.count(db, table.before); });
  if (context_.config.dry_run) return total;
  std::int64_t done = 0;
  for (const PrunedTable& table : tables) {
    std::int64_t count = 0;
    do {
      count = write(context_, [&](Change& change) {
        const auto deleted = table.prune(change.db(), table.before, kBatch);
        if (deleted > 0) {
          change.record(table.event, {}, {},
                        {{"count", deleted}, {"before", to_unix(table.before)}});
        }
        return deleted;
      });
      done += count;
      if (progress) progress(done, std::max(done, total));
    } while (count == static_cast<std::int64_t>(kBatch));
  }
  return done;
}

}  // namespace tokctl::auth
