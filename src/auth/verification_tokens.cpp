#include "auth/verification_tokens.h"

#include <fmt/format.h>

#include <utility>

#include "auth/change.h"
#include "auth/lapsed.h"
#include "auth/lookup.h"
#include "auth/steps.h"
#include "auth/token_kind.h"
#include "auth/user_rows.h"
#include "base/error.h"
#include "base/time_text.h"
#include "base/utf8.h"
#include "base/uuid.h"
#include "db/user.h"
#include "db/verification_token.h"

namespace tokctl::auth {
namespace {

// HMAC-SHA256(K_lookup, LP(PublicID) LP(purpose) LP(code)): a code is looked up only beside its
// user, and a stolen table cannot be searched for it.
std::string code_digest(const Context& context, std::string_view root_key_id,
                        std::string_view public_id, Purpose purpose, std::string_view code) {
  crypto::Mac mac(context.keyring.mac_key(root_key_id, crypto::Purpose::kLookup));
  return hex_encode(mac.add_lp(public_id).add_lp(to_text(purpose)).add_lp(code).finish());
}

Principal principal_of(const VerificationToken& token, const User& owner) {
  Principal principal;
  principal.type = TokenType::kVerify;
  principal.id = token.id;
  principal.public_id = token.public_id;
  principal.email = owner.email;
  principal.full_name = owner.full_name;
  principal.purpose = to_text(token.purpose);
  principal.issued_at = token.created_at;
  principal.expires_at = token.expires_at;
  return principal;
}

std::optional<Refusal> refusal(const VerificationToken& token, const User& owner, Time now,
                               Steps& step) {
  if (!step("owner", !owner.deleted_at,
            [&] { return "user " + token.public_id + (owner.deleted_at ? " is deleted" : ""); }))
    return Refusal::kUserDeleted;
  if (!step("used", !token.used_at, [&] {
        return token.used_at ? "used at " + format_rfc3339(*token.used_at) : "not used";
      }))
    return Refusal::kUsed;
  if (!step("expired", now < token.expires_at,
            [&] { return "expires at " + format_rfc3339(token.expires_at); }))
    return Refusal::kExpired;
  if (!step("status", owner.status == UserStatus::kActive,
            [&] { return "user is " + std::string(to_text(owner.status)); }))
    return Refusal::kUserDisabled;
  return std::nullopt;
}

// Counts a try, right or wrong, before it is judged. False when there have been too many.
bool count_try(Change& change, VerificationToken& token) {
  if (change.now() >= token.tries_since + kCodeWindow) {
    token.tries = 0;
    token.tries_since = change.now();
  }
  // Another host's clock may be ahead, or this one was set back: neither gives more tries, nor
  // locks anybody out for longer, so the window begins now, for who is locked out too.
  const bool ahead = change.now() < token.tries_since;
  if (ahead) token.tries_since = change.now();
  const bool locked = token.tries >= kCodeTries;
  if (locked && !ahead) return false;
  if (!locked) ++token.tries;
  db::verification_tokens::count_try(change.db(), token);
  if (!locked && token.tries == kCodeTries) {
    change.record("verification_token.locked", token.public_id, token.id,
                  {{"purpose", to_text(token.purpose)}});
  } else {
    change.commit_without_event();
  }
  return !locked;
}

// Those verifications that say something about the user for good.
void remember(Change& change, db::users::UserRow& owner, Purpose purpose) {
  if (purpose == Purpose::kEmailVerification) {
    owner.user.email_verified_at = change.now();
  } else if (purpose == Purpose::kPhoneVerification) {
    owner.user.phone_verified_at = change.now();
  } else {
    return;
  }
  owner.user.updated_at = change.now();
  db::users::update(change.db(), owner);
}

}  // namespace

std::optional<VerificationToken> find_verification_token(const Context& context, db::Handle& db,
                                                         std::string_view text) {
  if (parse_opaque_token(text) != TokenType::kVerify) return std::nullopt;
  return find_by_lookup(context, text, [&](const std::string& digest) {
    return db::verification_tokens::find_by_digest(db, digest);
  });
}

Verdict judge_verification_token(const Context& context, db::Handle& db, std::string_view text,
                                 std::vector<Check>* checks) {
  Steps step(checks);
  step("shape", true, [] { return "an opaque token"; });
  const auto token = find_verification_token(context, db, text);
  const auto owner = token ? db::users::find(db, token->public_id) : std::nullopt;
  if (!step("token", owner.has_value(),
            [&] { return token ? "token " + token->id : "no such token"; }))
    return Refusal::kUnknownToken;
  if (const auto refused = refusal(*token, owner->user, context.clock.now(), step)) return *refused;
  return principal_of(*token, owner->user);
}

namespace {

Judged judge(const Knowledge& known, db::Handle& db, std::string_view text,
             std::vector<Check>* checks) {
  return {judge_verification_token(known.context, db, text, checks)};
}

std::optional<TokenInfo> identify(const Knowledge& known, db::Handle& db, std::string_view text) {
  return info_of(find_verification_token(known.context, db, text));
}

std::optional<TokenInfo> find(db::Handle& db, std::string_view id) {
  return info_of(db::verification_tokens::find(db, id));
}

std::vector<TokenInfo> list(db::Handle& db, const TokenRange& range, const db::Place* after) {
  const auto rows = range.rows<db::verification_tokens::Query>();
  return infos_of(db::verification_tokens::list(db, rows, after));
}

std::optional<RevokedToken> end(Change& change, std::string_view id) {
  const auto token = db::verification_tokens::find(change.db(), id);
  if (!token) return std::nullopt;
  RevokedToken revoked{.type = TokenType::kVerify, .id = token->id};
  revoked.changed = db::verification_tokens::void_one(change.db(), token->id, change.now());
  if (revoked.changed) change.record("verification_token.revoked", token->public_id, token->id);
  return revoked;
}

void end_all(Change& change, const std::string& public_id, std::optional<TokenType> type,
             RevokedTokens& ended) {
  if (type && *type != TokenType::kVerify) return;
  const auto count = db::verification_tokens::void_all(change.db(), public_id, {}, change.now());
  if (count > 0)
    change.record("verification_token.revoked", public_id, public_id, {{"count", count}});
  ended.tokens += count;
}

std::int64_t end_of_user(db::Handle& db, std::string_view public_id, Time now) {
  return db::verification_tokens::void_all(db, public_id, {}, now);
}

}  // namespace

// Tries of a code are counted for a while yet when it has ended.
const TokenKind kVerificationTokens{.opaque = TokenType::kVerify,
                                    .one_use = true,
                                    .judge = judge,
                                    .identify = identify,
                                    .find = find,
                                    .list = list,
                                    .end = end,
                                    .end_all = end_all,
                                    .end_of_user = end_of_user,
                                    .end_of_root_key = db::verification_tokens::void_of_root_key,
                                    .ids_with_prefix = db::verification_tokens::ids_with_prefix,
                                    .sweep = {.event = "verification_token.pruned",
                                              .longer = kCodeWindow,
                                              .count = db::verification_tokens::count_prunable,
                                              .prune = db::verification_tokens::prune}};

Verdict spend_verification(Context& context, Change& change, const Verification& request) {
  const bool code = is_code(request.text);
  std::string public_id;
  if (request.user) {
    const auto row = find_user(change.db(), *request.user);
    if (!row) return Refusal::kUnknownToken;
    public_id = row->user.public_id;
  }
  if (!code) {
    const auto token = find_verification_token(context, change.db(), request.text);
    if (!token || (request.user && token->public_id != public_id)) return Refusal::kUnknownToken;
    public_id = token->public_id;
  }
  if (public_id.empty()) return Refusal::kMalformed;  // a code of nobody in particular

  auto owner = db::users::find(change.db(), public_id, db::Locking::kRows);
  if (!owner) return Refusal::kUnknownToken;
  std::optional<VerificationToken> token;
  if (code) {
    token =
        db::verification_tokens::find(change.db(), public_id, request.purpose, db::Locking::kRows);
    if (!token) return Refusal::kUnknownToken;
    if (!count_try(change, *token)) return Refusal::kTries;
    const auto found = db::verification_tokens::find_by_digest(
        change.db(),
        code_digest(context, token->root_key_id, public_id, request.purpose, request.text));
    if (!found || found->id != token->id) return Refusal::kMismatch;
  } else {
    token = find_verification_token(context, change.db(), request.text);
    if (!token) return Refusal::kUnknownToken;
    if (token->purpose != request.purpose) return Refusal::kPurpose;
  }
  Steps quiet(nullptr);
  if (const auto refused = refusal(*token, owner->user, change.now(), quiet)) return *refused;
  if (request.consume) {
    if (!db::verification_tokens::consume(change.db(), token->id, change.now()))
      return Refusal::kUsed;
    remember(change, *owner, token->purpose);
    change.record("verification_token.consumed", public_id, token->id,
                  {{"purpose", to_text(token->purpose)}});
  }
  return principal_of(*token, owner->user);
}

IssuedVerify Tokens::issue_verify(const UserRef& ref, const IssueVerify& request) {
  const Seconds ttl = request.ttl.value_or(context_.config.policy.verify_ttl);
  return write(context_, [&](Change& change) {
    // Locked: there is one of a purpose.
    const User owner = get_user(change.db(), ref, db::Locking::kRows).user;
    if (owner.status != UserStatus::kActive) throw_user_disabled(owner);
    if (request.purpose == Purpose::kPhoneVerification && owner.phone.empty()) {
      throw Error(Code::kPolicy, "user.phone",
                  fmt::format("user {} has no phone number", printable(owner.email)),
                  fmt::format("tokctl user update {} --phone", printable(owner.email)));
    }
    if (ttl <= Seconds(0))
      throw Error(Code::kUsage, "token.expires", "the time of expiry is not in the future");
    VerificationToken token{.id = make_uuid(context_.random),
                            .public_id = owner.public_id,
                            .purpose = request.purpose,
                            .root_key_id = change.active_key(),
                            .created_at = change.now(),
                            .expires_at = change.now() + ttl};
    IssuedVerify issued;
    std::string digest;
    if (request.code_digits) {
      issued.token = make_code(*request.code_digits, context_.random);
      digest = code_digest(context_, token.root_key_id, owner.public_id, token.purpose,
                           issued.token.reveal());
    } else {
      issued.token = make_opaque_token(context_, TokenType::kVerify);
      digest = crypto::opaque_token_digest(
          context_.keyring.mac_key(token.root_key_id, crypto::Purpose::kLookup),
          issued.token.reveal());
    }
    db::verification_tokens::put(change.db(), token, digest);
    change.record("verification_token.created", owner.public_id, token.id,
                  {{"purpose", to_text(token.purpose)}, {"code", request.code_digits.has_value()}});
    issued.info = info_of(token);
    issued.info.email = owner.email;
    return issued;
  });
}

Verdict Tokens::verify(const Verification& request) {
  const Time now = context_.clock.now();
  const bool code = is_code(request.text);  // the same one may be another's too
  if (!code && lapsed_->holds(request.text, now)) return Refusal::kExpired;
  auto verdict = write(
      context_, [&](Change& change) { return spend_verification(context_, change, request); });
  if (!code) lapsed_->learn(request.text, verdict, now);
  return verdict;
}

}  // namespace tokctl::auth
