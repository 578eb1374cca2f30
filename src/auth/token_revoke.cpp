// Ending tokens, and forgetting those that ended.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "auth/api_tokens.h"
#include "auth/change.h"
#include "auth/read.h"
#include "auth/tokens.h"
#include "auth/user_rows.h"
#include "auth/web_tokens.h"
#include "base/error.h"
#include "db/session.h"
#include "model/opaque_token.h"

namespace tokctl::auth {
namespace {

constexpr std::size_t kBatch = 1000;  // rows a transaction changes: short enough to delay nobody

RevokedToken end_session(Change& change, const Session& session) {
  RevokedToken revoked{
      .type = session.kind == SessionKind::kWeb ? TokenType::kWeb : TokenType::kJwt,
      .id = session.session_id};
  revoked.changed = db::sessions::revoke(change.db(), session.session_id, change.now());
  if (revoked.changed) {
    change.record("session.revoked", session.public_id, session.session_id);
    forget_kit_if_over(change, session.public_id);
  }
  return revoked;
}

RevokedToken end_api_token(Change& change, const ApiToken& token) {
  RevokedToken revoked{.type = TokenType::kApi, .id = token.id};
  revoked.changed = db::api_tokens::revoke(change.db(), token.id, change.now());
  if (revoked.changed) change.record("api_token.revoked", token.public_id, token.id);
  return revoked;
}

std::int64_t end_sessions_of(Change& change, const std::string& public_id,
                             std::optional<SessionKind> kind) {
  const auto count = db::sessions::revoke_all(change.db(), public_id, kind, {}, change.now());
  if (count > 0) {
    change.record("session.revoked_all", public_id, public_id,
                  {{"kind", kind ? to_text(*kind) : "all"}, {"count", count}});
    forget_kit_if_over(change, public_id);
  }
  return count;
}

// One event a token, so that whoever caches them knows which.
std::int64_t end_named(Context& context, const std::string& public_id, const std::string& name) {
  std::int64_t ended = 0;
  std::optional<ApiToken> last;
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
    last = page.first.back();
  }
}

}  // namespace

RevokedToken Tokens::revoke(std::string_view text) {
  return write(context_, [&](Change& change) {
    if (parse_opaque_token(text)) {
      if (const auto row = find_api_token(context_, change.db(), text))
        return end_api_token(change, row->token);
    } else if (const auto row = find_genuine_session(context_, *kit_, change.db(), text)) {
      return end_session(change, row->session);
    }
    throw Error(Code::kCredential, "token.invalid", "this is not a token that can be revoked",
                "by its public id: tokctl token revoke ID");
  });
}

RevokedToken Tokens::revoke_id(std::string_view id) {
  return write(context_, [&](Change& change) {
    if (const auto token = db::api_tokens::find(change.db(), id))
      return end_api_token(change, *token);
    const auto session = db::sessions::find(change.db(), id);
    if (!session) throw_token_not_found(id);
    return end_session(change, *session);
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
    } else if (*query.type == TokenType::kWeb || *query.type == TokenType::kJwt) {
      revoked.sessions =
          end_sessions_of(change, public_id,
                          *query.type == TokenType::kWeb ? SessionKind::kWeb : SessionKind::kJwt);
    }
    if (stored) {
      revoked.tokens = db::api_tokens::revoke_all(change.db(), public_id, change.now());
      if (revoked.tokens > 0) {
        change.record("api_token.revoked_all", public_id, public_id, {{"count", revoked.tokens}});
      }
    }
    return revoked;
  });
}

std::int64_t Tokens::prune(Time before, const Progress& progress) {
  // A use may not have been written yet: twice the time between two flushes is left for it.
  before = std::min(before, context_.clock.now() - 2 * kUseFlush);
  const std::int64_t total =
      read(context_, [&](db::Handle& db) { return db::api_tokens::count_prunable(db, before); });
  if (context_.config.dry_run) return total;
  std::int64_t done = 0;
  for (;;) {
    const auto count = write(context_, [&](Change& change) {
      const auto deleted = db::api_tokens::prune(change.db(), before, kBatch);
      if (deleted > 0) {
        change.record("api_token.pruned", {}, {},
                      {{"count", deleted}, {"before", to_unix(before)}});
      }
      return deleted;
    });
    done += count;
    if (progress) progress(done, std::max(done, total));
    if (count < static_cast<std::int64_t>(kBatch)) return done;
  }
}

}  // namespace tokctl::auth
