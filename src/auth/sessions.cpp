#include "auth/sessions.h"

#include <fmt/format.h>

#include "auth/kit_tokens.h"
#include "auth/page_token.h"
#include "auth/read.h"
#include "auth/session_change.h"
#include "auth/token_kind.h"
#include "auth/user_rows.h"
#include "base/error.h"
#include "base/utf8.h"
#include "base/uuid.h"
#include "db/session.h"

namespace tokctl::auth {
namespace {

[[noreturn]] void throw_session_not_found(std::string_view session_id) {
  throw Error(Code::kNotFound, "session.not_found",
              fmt::format("session {} not found", printable(session_id)), "tokctl session list");
}

}  // namespace

Begun begin_session(Context& context, Change& change, const User& user, const NewSession& request) {
  if (user.status != UserStatus::kActive) throw_user_disabled(user);
  if (request.expires_at && *request.expires_at <= change.now())
    throw Error(Code::kUsage, "session.expires", "the time of expiry is not in the future");

  Begun begun;
  begun.session = {.session_id = make_uuid(context.random, change.now()),
                   .public_id = user.public_id,
                   .kind = request.kind,
                   .scheme = WebScheme::kV1,
                   .root_key_id = change.active_key(),
                   .source = request.source,
                   .created_at = change.now(),
                   .expires_at = request.expires_at,
                   .last_used_at = {},
                   .revoked_at = {}};
  const SingleSignOn sso = context.config.policy.sso;
  if (sso == SingleSignOn::kUser) {
    begun.sessions_revoked =
        db::sessions::revoke_all(change.db(), user.public_id, request.kind, {}, change.now());
  } else if (sso == SingleSignOn::kSource || request.single) {
    begun.sessions_revoked = db::sessions::revoke_source(change.db(), user.public_id, request.kind,
                                                         request.source, {}, change.now());
  }
  db::sessions::insert(change.db(), begun.session);
  change.record("session.created", user.public_id, begun.session.session_id,
                {{"kind", to_text(request.kind)},
                 {"source", std::string_view(request.source)},
                 {"sessions_revoked", begun.sessions_revoked}});
  return begun;
}

bool end_session(Change& change, const Session& session) {
  if (!db::sessions::revoke(change.db(), session.session_id, change.now())) return false;
  change.record("session.revoked", session.public_id, session.session_id);
  forget_kit_if_over(change, session.public_id);
  return true;
}

std::int64_t end_sessions_of(Change& change, const std::string& public_id,
                             std::optional<SessionKind> kind) {
  const auto count = db::sessions::revoke_all(change.db(), public_id, kind, {}, change.now());
  if (count == 0) return 0;
  change.record("session.revoked_all", public_id, public_id,
                {{"kind", kind ? to_text(*kind) : "all"}, {"count", count}});
  forget_kit_if_over(change, public_id);
  return count;
}

StartedSession Sessions::create(const UserRef& ref, const NewSession& request) {
  check_source(request.source);
  return write(context_, [&](Change& change) {
    // Locked, so that two logins which each end the other's sessions come one after the other.
    auto row = get_user(change.db(), ref, db::Locking::kRows);
    Begun begun = begin_session(context_, change, row.user, request);
    return StartedSession{.session = std::move(begun.session),
                          .user = std::move(row.user),
                          .sessions_revoked = begun.sessions_revoked};
  });
}

std::optional<Session> Sessions::find(std::string_view session_id) {
  return read(context_, [&](db::Handle& db) { return db::sessions::find(db, session_id); });
}

Session Sessions::get(std::string_view session_id) {
  auto session = find(session_id);
  if (!session) throw_session_not_found(session_id);
  return std::move(*session);
}

std::optional<Session> Sessions::latest(const UserRef& ref, SessionKind kind) {
  return read(context_, [&](db::Handle& db) {
    const auto row = get_user(db, ref);
    return db::sessions::latest_live(db, row.user.public_id, kind, context_.clock.now());
  });
}

Page<Session> Sessions::list(const SessionQuery& query) {
  constexpr std::string_view kOrder = "sessions";
  check_page_limit(query.limit);
  const Time now = context_.clock.now();

  db::sessions::Query rows{.public_id = {},
                           .kind = query.kind,
                           .live_at = query.live_only ? std::optional(now) : std::nullopt,
                           .expires_before = query.expires_before,
                           .descending = query.descending,
                           .limit = query.limit + 1};
  std::optional<db::Place> after;
  if (!query.page_token.empty()) {
    const auto keys = parse_page_token(query.page_token, kOrder, 2);
    after = {from_unix(page_token_integer(keys[0])), keys[1]};
  }

  Page<Session> page;
  page.rows = read(context_, [&](db::Handle& db) {
    if (query.user) rows.public_id = get_user(db, *query.user).user.public_id;
    return db::sessions::list(db, rows, after ? &*after : nullptr);
  });
  if (drop_surplus(page.rows, query.limit)) {
    const Session& last = page.rows.back();
    page.next =
        make_page_token(kOrder, {fmt::format_int(to_unix(last.created_at)).str(), last.session_id});
  }
  return page;
}

bool Sessions::revoke(std::string_view session_id) {
  return write(context_, [&](Change& change) {
    const auto session = db::sessions::find(change.db(), session_id);
    if (!session) throw_session_not_found(session_id);
    return end_session(change, *session);
  });
}

std::int64_t Sessions::revoke_all(const UserRef& ref, std::optional<SessionKind> kind) {
  return write(context_, [&](Change& change) {
    const auto row = get_user(change.db(), ref, db::Locking::kRows);
    return end_sessions_of(change, row.user.public_id, kind);
  });
}

std::int64_t Sessions::prune(Time before, const Progress& progress) {
  return sweep(context_, {&kSessionTokens.sweep, 1}, before, progress);
}

std::vector<std::string> Sessions::ids_with_prefix(std::string_view prefix, std::size_t limit) {
  return read(context_,
              [&](db::Handle& db) { return db::sessions::ids_with_prefix(db, prefix, limit); });
}

}  // namespace tokctl::auth
