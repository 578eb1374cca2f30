// The inventory: every token that was issued, of every type.
#include <fmt/format.h>

#include <algorithm>
#include <tuple>
#include <unordered_map>

#include "auth/api_tokens.h"
#include "auth/jwt_keys.h"
#include "auth/kit_tokens.h"
#include "auth/page_token.h"
#include "auth/read.h"
#include "auth/token_kind.h"
#include "auth/user_rows.h"
#include "base/error.h"
#include "base/utf8.h"

namespace tokctl::auth {
namespace {

constexpr std::string_view kOrder = "tokens";

void name_owner(db::Handle& db, TokenInfo& token) {
  if (const auto row = db::users::find(db, token.public_id)) token.email = row->user.email;
}

// Looked up once for all tokens of one user.
void name_owners(db::Handle& db, std::vector<TokenInfo>& tokens) {
  std::unordered_map<std::string, std::string> emails;
  for (TokenInfo& token : tokens) {
    auto [known, is_new] = emails.try_emplace(token.public_id);
    if (is_new) {
      name_owner(db, token);
      known->second = token.email;
    }
    token.email = known->second;
  }
}

Page<TokenInfo> page_after(db::Handle& db, const TokenQuery& query, Time now,
                           const db::Place* after) {
  const TokenRange range{.query = query,
                         .public_id = query.user ? get_user(db, *query.user).user.public_id : "",
                         .live_at = query.live_only ? std::optional(now) : std::nullopt};

  Page<TokenInfo> page;
  const auto earlier = [&](const TokenInfo& a, const TokenInfo& b) {
    const auto& [left, right] = query.descending ? std::tie(b, a) : std::tie(a, b);
    return std::tie(left.created_at, left.id) < std::tie(right.created_at, right.id);
  };
  // Each table is in the order of the list: a page of each from the same place on holds the page of
  // all.
  for (const TokenKind* kind : token_kinds())
    if (kind->may_hold(query))
      std::ranges::move(kind->list(db, range, after), std::back_inserter(page.rows));
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
    for (const TokenKind* kind : token_kinds()) {
      if (auto token = kind->find(db, id)) {
        name_owner(db, *token);
        return *std::move(token);
      }
    }
    throw_token_not_found(id);
  });
}

std::optional<TokenInfo> Tokens::identify(std::string_view text) {
  return read(context_, [&](db::Handle& db) {
    auto token = kind_of(text).identify({context_, *kit_, *keys_, *uses_}, db, text);
    if (token) name_owner(db, *token);
    return token;
  });
}

std::vector<std::string> Tokens::ids_with_prefix(std::string_view prefix, std::size_t limit) {
  return read(context_, [&](db::Handle& db) {
    std::vector<std::string> ids;
    for (const TokenKind* kind : token_kinds())
      std::ranges::move(kind->ids_with_prefix(db, prefix, limit), std::back_inserter(ids));
    std::ranges::sort(ids);
    if (ids.size() > limit) ids.resize(limit);
    return ids;
  });
}

}  // namespace tokctl::auth
