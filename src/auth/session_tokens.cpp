// What hangs on a session: web tokens and JWTs.
#include "auth/change.h"
#include "auth/jwt_keys.h"
#include "auth/session_change.h"
#include "auth/token_kind.h"
#include "auth/web_tokens.h"
#include "db/session.h"
#include "model/jwt.h"

namespace tokctl::auth {
namespace {

Judged judge(const Knowledge& known, db::Handle& db, std::string_view text,
             std::vector<Check>* checks) {
  if (split_jwt(text))
    return {judge_jwt(known.context, known.keys, db, text, known.read_at, checks)};
  return {judge_web_token(known.context, known.kit, db, text, checks)};
}

std::optional<TokenInfo> identify(const Knowledge& known, db::Handle& db, std::string_view text) {
  if (const auto session_id = session_of_jwt(known.keys, db, text)) {
    const auto session = db::sessions::find(db, *session_id);
    if (!session || session->kind != SessionKind::kJwt) return std::nullopt;
    return info_of(*session);
  }
  const auto row = find_genuine_session(known.context, known.kit, db, text);
  return row ? std::optional(info_of(row->session)) : std::nullopt;
}

std::optional<TokenInfo> find(db::Handle& db, std::string_view id) {
  return info_of(db::sessions::find(db, id));
}

// The kind of session whose end ends all tokens of a type: a family of refresh tokens hangs on that
// of its JWTs.
std::optional<SessionKind> session_kind(TokenType type) {
  if (type == TokenType::kWeb) return SessionKind::kWeb;
  if (type == TokenType::kJwt || type == TokenType::kRefresh) return SessionKind::kJwt;
  return std::nullopt;
}

std::vector<TokenInfo> list(db::Handle& db, const TokenRange& range, const db::Place* after) {
  auto rows = range.rows<db::sessions::Query>();
  if (range.query.type) rows.kind = session_kind(*range.query.type);
  return infos_of(db::sessions::list(db, rows, after));
}

std::optional<RevokedToken> end(Change& change, std::string_view id) {
  const auto session = db::sessions::find(change.db(), id);
  if (!session) return std::nullopt;
  return RevokedToken{.type = info_of(*session).type,
                      .id = session->session_id,
                      .changed = end_session(change, *session)};
}

void end_all(Change& change, const std::string& public_id, std::optional<TokenType> type,
             RevokedTokens& ended) {
  const auto kind = type ? session_kind(*type) : std::nullopt;
  if (!type || kind) ended.sessions += end_sessions_of(change, public_id, kind);
}

std::int64_t end_of_user(db::Handle& db, std::string_view public_id, Time now) {
  return db::sessions::revoke_all(db, public_id, {}, {}, now);
}

}  // namespace

const TokenKind kSessionTokens{.opaque = {},
                               .judge = judge,
                               .identify = identify,
                               .find = find,
                               .list = list,
                               .end = end,
                               .end_all = end_all,
                               .end_of_user = end_of_user,
                               .end_of_root_key = db::sessions::revoke_of_root_key,
                               .ids_with_prefix = db::sessions::ids_with_prefix,
                               .sweep = {.event = "session.pruned",
                                         .count = db::sessions::count_prunable,
                                         .prune = db::sessions::prune}};

}  // namespace tokctl::auth
