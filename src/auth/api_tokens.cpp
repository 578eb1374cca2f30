#include "auth/api_tokens.h"

#include <algorithm>

#include "auth/change.h"
#include "auth/lookup.h"
#include "auth/steps.h"
#include "auth/token_kind.h"
#include "auth/uses.h"
#include "base/time_text.h"

namespace tokctl::auth {
namespace {

Principal principal_of(const db::api_tokens::WithOwner& row) {
  Principal principal;
  principal.type = TokenType::kApi;
  principal.id = row.token.id;
  principal.public_id = row.token.public_id;
  principal.email = row.owner.email;
  principal.full_name = row.owner.full_name;
  principal.scopes = row.token.scopes;
  principal.token_name = row.token.name;
  principal.info = row.token.info;
  principal.issued_at = row.token.created_at;
  principal.expires_at = row.token.expires_at;
  return principal;
}

}  // namespace

std::optional<db::api_tokens::WithOwner> find_api_token(const Context& context, db::Handle& db,
                                                        std::string_view text) {
  return find_by_lookup(context, text, [&](const std::string& digest) {
    return db::api_tokens::find_with_owner(db, digest);
  });
}

Verdict judge_api_token(const std::optional<db::api_tokens::WithOwner>& row, Time now,
                        std::vector<Check>* checks) {
  Steps step(checks);
  step("shape", true, [] { return "an opaque token"; });
  if (!step("token", row.has_value(),
            [&] { return row ? "token " + row->token.id : "no such token"; }))
    return Refusal::kUnknownToken;
  const ApiToken& token = row->token;
  const db::api_tokens::Owner& owner = row->owner;
  if (!step("owner", !owner.deleted,
            [&] { return "user " + token.public_id + (owner.deleted ? " is deleted" : ""); }))
    return Refusal::kUserDeleted;
  if (!step("revoked", !token.revoked_at, [&] {
        return token.revoked_at ? "revoked at " + format_rfc3339(*token.revoked_at) : "not revoked";
      }))
    return Refusal::kRevoked;
  if (!step("expired", !token.expires_at || now < *token.expires_at, [&] {
        return token.expires_at ? "expires at " + format_rfc3339(*token.expires_at)
                                : "never expires";
      }))
    return Refusal::kExpired;
  const auto idle_end = token.idle_ends_at();
  if (!step("idle", !idle_end || now < *idle_end, [&] {
        return idle_end ? "unused, it lapses at " + format_rfc3339(*idle_end)
                        : "may be idle for ever";
      }))
    return Refusal::kIdle;
  if (!step("status", owner.status == UserStatus::kActive,
            [&] { return "user is " + std::string(to_text(owner.status)); }))
    return Refusal::kUserDisabled;
  return principal_of(*row);
}

namespace {

Judged judge(const Knowledge& known, db::Handle& db, std::string_view text,
             std::vector<Check>* checks) {
  auto row = find_api_token(known.context, db, text);
  const auto recorded = row ? row->token.last_used_at : std::nullopt;
  // A use counts from when it was, not from when it is written.
  if (row && row->token.idle)
    row->token.last_used_at = std::max(recorded, known.uses.last(row->lookup));
  Judged judged{judge_api_token(row, known.context.clock.now(), checks)};
  if (row) {
    judged.idle = row->token.idle;
    judged.used = recorded;
    judged.lookup = row->lookup;
    judged.root_key_id = row->token.root_key_id;
  }
  return judged;
}

std::optional<TokenInfo> identify(const Knowledge& known, db::Handle& db, std::string_view text) {
  const auto row = find_api_token(known.context, db, text);
  return row ? std::optional(info_of(row->token)) : std::nullopt;
}

std::optional<TokenInfo> find(db::Handle& db, std::string_view id) {
  return info_of(db::api_tokens::find(db, id));
}

std::vector<TokenInfo> list(db::Handle& db, const TokenRange& range, const db::Place* after) {
  auto rows = range.rows<db::api_tokens::Query>();
  rows.name = range.query.name;
  rows.unused_since = range.query.unused_since;
  return infos_of(db::api_tokens::list(db, rows, after));
}

std::optional<RevokedToken> end(Change& change, std::string_view id) {
  const auto token = db::api_tokens::find(change.db(), id);
  return token ? std::optional(end_api_token(change, *token)) : std::nullopt;
}

void end_all(Change& change, const std::string& public_id, std::optional<TokenType> type,
             RevokedTokens& ended) {
  if (type && *type != TokenType::kApi) return;
  const auto count = db::api_tokens::revoke_all(change.db(), public_id, change.now());
  if (count > 0) change.record("api_token.revoked_all", public_id, public_id, {{"count", count}});
  ended.tokens += count;
}

}  // namespace

RevokedToken end_api_token(Change& change, const ApiToken& token) {
  RevokedToken revoked{.type = TokenType::kApi, .id = token.id};
  revoked.changed = db::api_tokens::revoke(change.db(), token.id, change.now());
  if (revoked.changed) change.record("api_token.revoked", token.public_id, token.id);
  return revoked;
}

const TokenKind kApiTokens{.opaque = TokenType::kApi,
                           .named = true,
                           .records_use = true,
                           .judge = judge,
                           .identify = identify,
                           .find = find,
                           .list = list,
                           .end = end,
                           .end_all = end_all,
                           .end_of_user = db::api_tokens::revoke_all,
                           .end_of_root_key = db::api_tokens::revoke_of_root_key,
                           .ids_with_prefix = db::api_tokens::ids_with_prefix,
                           .sweep = {.event = "api_token.pruned",
                                     .longer = kUseLag,
                                     .count = db::api_tokens::count_prunable,
                                     .prune = db::api_tokens::prune}};

}  // namespace tokctl::auth
