// Issuing API tokens, one, many, and one after another.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "auth/api_tokens.h"
#include "auth/change.h"
#include "auth/tokens.h"
#include "auth/user_rows.h"
#include "base/error.h"
#include "base/utf8.h"
#include "base/uuid.h"
#include "crypto/opaque_token.h"
#include "model/opaque_token.h"

namespace tokctl::auth {
namespace {

constexpr std::int64_t kBatch = 1000;  // tokens a transaction issues: short enough to delay nobody

void check_active(const User& owner) {
  if (owner.status != UserStatus::kActive) throw_user_disabled(owner);
}

// What every token of a request has in common, checked.
ApiToken model_of(const IssueApi& request) {
  check_token_name(request.name);
  check_scopes(request.scopes);
  if (request.idle) check_idle(*request.idle);
  ApiToken token;
  token.name = request.name;
  token.scopes = request.scopes;
  token.info = normalize_info(request.info);
  token.expires_at = request.expires_at;
  token.idle = request.idle;
  return token;
}

// Gives the token an id and a text, and stores it.
SecretString store(Context& context, Change& change, ApiToken& token) {
  if (token.expires_at && *token.expires_at <= change.now())
    throw Error(Code::kUsage, "token.expires", "the time of expiry is not in the future");
  token.id = make_uuid(context.random, change.now());
  token.root_key_id = change.active_key();
  token.created_at = change.now();
  std::array<std::uint8_t, kOpaqueSecretSize> secret;
  context.random.fill(secret);
  SecretString text = format_opaque_token(TokenType::kApi, secret);
  wipe(secret);
  const auto& key = context.keyring.mac_key(token.root_key_id, crypto::Purpose::kLookup);
  db::api_tokens::insert(change.db(), token, crypto::opaque_token_digest(key, text.reveal()));
  return text;
}

TokenInfo info_of(const ApiToken& token, const User& owner) {
  TokenInfo info = tokctl::info_of(token);
  info.email = owner.email;
  return info;
}

}  // namespace

IssuedApi Tokens::issue_api(const UserRef& ref, const IssueApi& request) {
  ApiToken token = model_of(request);
  return write(context_, [&](Change& change) {
    // Locked, so that a token issued while its user is disabled or deleted ends with the others.
    const User owner = get_user(change.db(), ref, db::Locking::kRows).user;
    check_active(owner);
    token.public_id = owner.public_id;
    IssuedApi issued{.token = store(context_, change, token), .info = info_of(token, owner)};
    change.record("api_token.created", owner.public_id, token.id,
                  {{"name", std::string_view(token.name)},
                   {"scope", std::string_view(join_scopes(token.scopes))}});
    return issued;
  });
}

void Tokens::issue_api_many(const UserRef& ref, const IssueApi& request, std::int64_t count,
                            const IssuedOut& out, const Progress& progress) {
  const ApiToken model = model_of(request);
  std::string public_id = ref.public_id;  // the email may pass to somebody else between batches
  for (std::int64_t done = 0; done < count;) {
    const auto batch = write(context_, [&](Change& change) {
      const UserRef owner_ref = public_id.empty() ? ref : UserRef{{}, public_id};
      const User owner = get_user(change.db(), owner_ref, db::Locking::kRows).user;
      check_active(owner);
      const std::int64_t size = std::min(kBatch, count - done);
      std::vector<std::pair<SecretString, TokenInfo>> issued;
      for (std::int64_t i = 0; i < size; ++i) {
        ApiToken token = model;
        token.public_id = owner.public_id;
        SecretString text = store(context_, change, token);
        issued.emplace_back(std::move(text), info_of(token, owner));
      }
      change.record("api_token.created_many", owner.public_id, {},
                    {{"name", std::string_view(model.name)},
                     {"scope", std::string_view(join_scopes(model.scopes))},
                     {"count", size}});
      return issued;
    });
    public_id = batch.front().second.public_id;
    for (const auto& [text, info] : batch) out(text, info);
    done += static_cast<std::int64_t>(batch.size());
    if (progress) progress(done, count);
  }
}

RotatedApi Tokens::rotate(std::string_view id, const Rotation& rotation) {
  return write(context_, [&](Change& change) {
    auto old = db::api_tokens::find(change.db(), id, db::Locking::kRows);
    if (!old) throw_token_not_found(id);
    if (!old->replaced_by.empty()) {
      throw Error(Code::kConflict, "token.replaced",
                  fmt::format("token {} was replaced by {}", old->id, old->replaced_by),
                  fmt::format("tokctl token rotate {}", old->replaced_by));
    }
    if (!old->live(change.now())) {
      throw Error(Code::kPolicy, "token.ended", fmt::format("token {} has ended", old->id),
                  "tokctl token issue USER --type api");
    }
    const User owner =
        get_user(change.db(), {.email = {}, .public_id = old->public_id}, db::Locking::kRows).user;
    check_active(owner);

    ApiToken token = *old;
    token.last_used_at.reset();
    if (!rotation.same_lifetime) {
      token.expires_at = rotation.expires_at;
    } else if (old->expires_at) {
      token.expires_at = change.now() + (*old->expires_at - old->created_at);
    }
    SecretString text = store(context_, change, token);

    old->replaced_by = token.id;
    const Time end = change.now() + rotation.overlap;
    if (!old->expires_at || end < *old->expires_at) old->expires_at = end;
    db::api_tokens::replace(change.db(), *old);
    change.record("api_token.rotated", owner.public_id, old->id,
                  {{"successor", std::string_view(token.id)},
                   {"overlap_s", std::int64_t{rotation.overlap.count()}}});
    return RotatedApi{
        .token = std::move(text), .info = info_of(token, owner), .replaced = info_of(*old, owner)};
  });
}

}  // namespace tokctl::auth
