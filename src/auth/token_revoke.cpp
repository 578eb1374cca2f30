// Ending tokens, and forgetting those that ended.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "auth/api_tokens.h"
#include "auth/change.h"
#include "auth/jwt_keys.h"
#include "auth/kit_tokens.h"
#include "auth/read.h"
#include "auth/token_kind.h"
#include "auth/user_rows.h"
#include "base/error.h"

namespace tokctl::auth {
namespace {

constexpr std::size_t kBatch = 1000;  // rows a transaction changes: short enough to delay nobody

// One event a token, so that whoever caches them knows which.
std::int64_t end_named(Context& context, const std::string& public_id, const std::string& name) {
  std::int64_t ended = 0;
  std::optional<db::Place> last;
  for (;;) {
    const auto page = write(context, [&](Change& change) {
      auto tokens = db::api_tokens::list(change.db(),
                                         {.public_id = public_id,
                                          .name = name,
                                          .live_at = change.now() - kUseLag,
                                          .limit = kBatch},
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
    const TokenKind& kind = kind_of(text);
    const auto token = kind.identify({context_, *kit_, *keys_, *uses_}, change.db(), text);
    auto ended = token ? kind.end(change, token->id) : std::nullopt;
    if (!ended) {
      throw Error(Code::kCredential, "token.invalid", "this is not a token that can be revoked",
                  "by its public id: tokctl token revoke ID");
    }
    return *std::move(ended);
  });
}

RevokedToken Tokens::revoke_id(std::string_view id) {
  return write(context_, [&](Change& change) {
    for (const TokenKind* kind : token_kinds())
      if (auto ended = kind->end(change, id)) return *std::move(ended);
    throw_token_not_found(id);
  });
}

RevokedTokens Tokens::revoke_all(const RevokeQuery& query) {
  std::string public_id;
  if (query.user) {
    public_id =
        read(context_, [&](db::Handle& db) { return get_user(db, *query.user); }).user.public_id;
  }
  if (!query.name.empty()) {
    const bool have_names = !query.type || *query.type == TokenType::kApi;
    return {.tokens = have_names ? end_named(context_, public_id, query.name) : 0};
  }
  if (public_id.empty()) {
    throw Error(Code::kUsage, "token.which", "say which tokens to end: by user, by name, or both");
  }
  return write(context_, [&](Change& change) {
    RevokedTokens revoked;
    // Locked, so that a token issued at the same time either ends too or comes after.
    get_user(change.db(), {.email = {}, .public_id = public_id}, db::Locking::kRows);
    for (const TokenKind* kind : token_kinds())
      kind->end_all(change, public_id, query.type, revoked);
    return revoked;
  });
}

std::int64_t Tokens::prune(Time before, const Progress& progress) {
  std::vector<Sweep> tables;
  for (const TokenKind* kind : token_kinds())
    if (kind != &kSessionTokens) tables.push_back(kind->sweep);  // which Sessions::prune does
  return sweep(context_, tables, before, progress);
}

}  // namespace tokctl::auth
