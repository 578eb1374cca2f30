// The inventory: every token that was issued, of every type.
#include <fmt/format.h>

#include <algorithm>
#include <tuple>
#include <unordered_map>

#include "auth/api_tokens.h"
#include "auth/jwt_keys.h"
#include "auth/page_token.h"
#include "auth/read.h"
#include "auth/tokens.h"
#include "auth/user_rows.h"
#include "auth/web_tokens.h"
#include "base/error.h"
#include "base/utf8.h"
#include "db/refresh_token.h"
#include "db/session.h"
#include "db/verification_token.h"
#include "model/opaque_token.h"

namespace tokctl::auth {
namespace {

constexpr std::string_view kOrder = "tokens";

std::vector<TokenInfo> sessions_after(db::Handle& db, const TokenQuery& query,
                                      const std::string& public_id, std::optional<Time> live_at,
                                      const db::Place* place) {
  const bool of_a_name = !query.name.empty();  // which sessions have none of
  if (of_a_name || (query.type && *query.type != TokenType::kWeb && *query.type != TokenType::kJwt))
    return {};
  db::sessions::Query rows{.public_id = public_id,
                           .kind = {},
                           .live_at = live_at,
                           .expires_before = query.expires_before,
                           .unused_since = query.unused_since,
                           .descending = query.descending,
                           .limit = query.limit + 1};
  if (query.type)
    rows.kind = *query.type == TokenType::kWeb ? SessionKind::kWeb : SessionKind::kJwt;
  std::vector<TokenInfo> tokens;
  for (const Session& session : db::sessions::list(db, rows, place))
    tokens.push_back(info_of(session));
  return tokens;
}

std::vector<TokenInfo> api_tokens_after(db::Handle& db, const TokenQuery& query,
                                        const std::string& public_id, std::optional<Time> live_at,
                                        const db::Place* place) {
  if (query.type && *query.type != TokenType::kApi) return {};
  std::vector<TokenInfo> tokens;
  for (const ApiToken& token : db::api_tokens::list(db,
                                                    {.public_id = public_id,
                                                     .name = query.name,
                                                     .live_at = live_at,
                                                     .expires_before = query.expires_before,
                                                     .unused_since = query.unused_since,
                                                     .descending = query.descending,
                                                     .limit = query.limit + 1},
                                                    place))
    tokens.push_back(info_of(token));
  return tokens;
}

// A refresh token ends with its family.
TokenInfo refresh_info(db::Handle& db, const RefreshToken& token) {
  TokenInfo info = info_of(token);
  const auto family = db::sessions::find(db, token.session_id);
  if (family && family->revoked_at) {
    info.revoked_at = family->revoked_at;
    info.ends_at = std::min(info.ends_at.value_or(*family->revoked_at), *family->revoked_at);
  }
  return info;
}

std::vector<TokenInfo> refresh_tokens_after(db::Handle& db, const TokenQuery& query,
                                            const std::string& public_id,
                                            std::optional<Time> live_at, const db::Place* place) {
  const bool asked = !query.type || *query.type == TokenType::kRefresh;
  // They have no name, and each is used once.
  if (!asked || !query.name.empty() || query.unused_since) return {};
  std::vector<TokenInfo> tokens;
  for (const RefreshToken& token : db::refresh_tokens::list(db,
                                                            {.public_id = public_id,
                                                             .live_at = live_at,
                                                             .expires_before = query.expires_before,
                                                             .descending = query.descending,
                                                             .limit = query.limit + 1},
                                                            place))
    tokens.push_back(refresh_info(db, token));
  return tokens;
}

std::vector<TokenInfo> verifications_after(db::Handle& db, const TokenQuery& query,
                                           const std::string& public_id,
                                           std::optional<Time> live_at, const db::Place* place) {
  const bool asked = !query.type || *query.type == TokenType::kVerify;
  // They have no name, and each is used once.
  if (!asked || !query.name.empty() || query.unused_since) return {};
  std::vector<TokenInfo> tokens;
  for (const VerificationToken& token :
       db::verification_tokens::list(db,
                                     {.public_id = public_id,
                                      .live_at = live_at,
                                      .expires_before = query.expires_before,
                                      .descending = query.descending,
                                      .limit = query.limit + 1},
                                     place))
    tokens.push_back(info_of(token));
  return tokens;
}

// Who owns each, looked up once for all tokens of one user.
void name_owners(db::Handle& db, std::vector<TokenInfo>& tokens) {
  std::unordered_map<std::string, std::string> emails;
  for (TokenInfo& token : tokens) {
    auto [known, is_new] = emails.try_emplace(token.public_id);
    if (is_new) {
      if (const auto row = db::users::find(db, token.public_id)) known->second = row->user.email;
    }
    token.email = known->second;
  }
}

Page<TokenInfo> page_after(db::Handle& db, const TokenQuery& query, Time now,
                           const db::Place* after) {
  const std::string public_id = query.user ? get_user(db, *query.user).user.public_id : "";
  const auto live_at = query.live_only ? std::optional(now) : std::nullopt;

  Page<TokenInfo> page;
  const auto earlier = [&](const TokenInfo& a, const TokenInfo& b) {
    const auto& [left, right] = query.descending ? std::tie(b, a) : std::tie(a, b);
    return std::tie(left.created_at, left.id) < std::tie(right.created_at, right.id);
  };
  // Each table is in the order of the list: a page of each from the same place on holds the page of
  // all.
  for (const auto& rows_after :
       {sessions_after, api_tokens_after, refresh_tokens_after, verifications_after}) {
    std::ranges::move(rows_after(db, query, public_id, live_at, after),
                      std::back_inserter(page.rows));
  }
  std::ranges::sort(page.rows, earlier);
  if (drop_surplus(page.rows, query.limit)) {
    const TokenInfo& last = page.rows.back();
    page.next = make_page_token(kOrder, {fmt::format_int(to_unix(last.created_at)).str(), last.id});
  }
  name_owners(db, page.rows);
  return page;
}

}  // namespace

void throw_token_not_found(std::string_view id) {
  throw Error(Code::kNotFound, "token.not_found", fmt::format("token {} not found", printable(id)),
              "tokctl token list");
}

Page<TokenInfo> Tokens::list(const TokenQuery& query) {
  check_page_limit(query.limit);
  std::optional<db::Place> place;
  if (!query.page_token.empty()) {
    const auto keys = parse_page_token(query.page_token, kOrder, 2);
    place = {from_unix(page_token_integer(keys[0])), keys[1]};
  }
  return read(context_, [&](db::Handle& db) {
    return page_after(db, query, context_.clock.now(), place ? &*place : nullptr);
  });
}

TokenInfo Tokens::get(std::string_view id) {
  return read(context_, [&](db::Handle& db) {
    std::vector<TokenInfo> found;
    if (const auto token = db::api_tokens::find(db, id)) {
      found.push_back(info_of(*token));
    } else if (const auto session = db::sessions::find(db, id)) {
      found.push_back(info_of(*session));
    } else if (const auto refresh = db::refresh_tokens::find(db, id)) {
      found.push_back(refresh_info(db, *refresh));
    } else if (const auto verification = db::verification_tokens::find(db, id)) {
      found.push_back(info_of(*verification));
    } else {
      throw_token_not_found(id);
    }
    name_owners(db, found);
    return std::move(found.front());
  });
}

std::optional<TokenInfo> Tokens::identify(std::string_view text) {
  return read(context_, [&](db::Handle& db) -> std::optional<TokenInfo> {
    std::vector<TokenInfo> found;
    if (parse_opaque_token(text)) {
      if (const auto row = find_api_token(context_, db, text)) {
        found.push_back(info_of(row->token));
      } else if (const auto refresh = find_refresh_token(context_, db, text)) {
        found.push_back(refresh_info(db, *refresh));
      } else if (const auto verification = find_verification_token(context_, db, text)) {
        found.push_back(info_of(*verification));
      }
    } else if (const auto session_id = session_of_jwt(*keys_, db, text)) {
      if (const auto session = db::sessions::find(db, *session_id))
        found.push_back(info_of(*session));
    } else if (const auto row = find_genuine_session(context_, *kit_, db, text)) {
      found.push_back(info_of(row->session));
    }
    if (found.empty()) return std::nullopt;
    name_owners(db, found);
    return std::move(found.front());
  });
}

std::vector<std::string> Tokens::ids_with_prefix(std::string_view prefix, std::size_t limit) {
  return read(context_, [&](db::Handle& db) {
    auto ids = db::api_tokens::ids_with_prefix(db, prefix, limit);
    for (auto& id : db::sessions::ids_with_prefix(db, prefix, limit)) ids.push_back(std::move(id));
    std::ranges::sort(ids);
    if (ids.size() > limit) ids.resize(limit);
    return ids;
  });
}

}  // namespace tokctl::auth
