#include "auth/web_tokens.h"

#include <algorithm>

#include "auth/steps.h"
#include "base/encoding.h"
#include "base/error.h"
#include "base/time_text.h"
#include "crypto/web_token.h"

namespace tokctl::auth {
namespace {

Principal principal_of(db::sessions::WithOwner&& row) {
  Principal principal;
  principal.type = TokenType::kWeb;
  principal.id = row.session.session_id;
  principal.public_id = std::move(row.session.public_id);
  principal.email = std::move(row.owner.email);
  principal.full_name = std::move(row.owner.full_name);
  principal.session_id = std::move(row.session.session_id);
  principal.source = std::move(row.session.source);
  principal.issued_at = row.session.created_at;
  principal.expires_at = row.session.expires_at;
  return principal;
}

crypto::Digest stored_tag(const db::sessions::WithOwner& row) {
  crypto::Digest tag{};
  const auto bytes = hex_decode(row.owner.password_tag);
  if (!bytes || bytes->size() != tag.size()) {
    throw Error(Code::kIntegrity, "user.damaged",
                "the stored password tag of user " + row.session.public_id + " is damaged",
                "tokctl db check");
  }
  std::ranges::copy(*bytes, tag.begin());
  return tag;
}

}  // namespace

std::optional<crypto::Digest> derive_web_token(const Context& context, KitTokens& kit,
                                               db::Handle& db, const db::sessions::WithOwner& row) {
  if (row.session.kind != SessionKind::kWeb) return std::nullopt;
  if (row.session.scheme == WebScheme::kKit) return kit.derive(context, db, row);
  return crypto::derive_web_token(
      context.keyring.mac_key(row.session.root_key_id, crypto::Purpose::kWebToken),
      {.session_id = row.session.session_id,
       .public_id = row.session.public_id,
       .private_id = row.owner.private_id,
       .email = row.owner.email,
       .password_tag = stored_tag(row)});
}

std::optional<db::sessions::WithOwner> find_genuine_session(const Context& context, KitTokens& kit,
                                                            db::Handle& db, std::string_view text) {
  const auto token = parse_web_token(text);
  auto row = token ? db::sessions::find_with_owner(db, token->session_id) : std::nullopt;
  const auto expected = row ? derive_web_token(context, kit, db, *row) : std::nullopt;
  if (!expected || !constant_time_equal(*expected, token->token)) return std::nullopt;
  return row;
}

Verdict judge_web_token(const Context& context, KitTokens& kit, db::Handle& db,
                        std::string_view text, std::vector<Check>* checks) {
  Steps step(checks);
  const auto token = parse_web_token(text);
  if (!step("shape", token.has_value(),
            [&] { return token ? "a web token" : "not a token of any kind"; }))
    return Refusal::kMalformed;

  auto row = db::sessions::find_with_owner(db, token->session_id);
  if (!step("session", row && row->session.kind == SessionKind::kWeb, [&] {
        return row ? "session " + token->session_id : "no session " + token->session_id;
      }))
    return Refusal::kUnknownSession;
  const db::sessions::Owner& owner = row->owner;
  if (!step("owner", !owner.deleted, [&] {
        return "user " + row->session.public_id + (owner.deleted ? " is deleted" : "");
      }))
    return Refusal::kUserDeleted;
  const auto& revoked_at = row->session.revoked_at;
  if (!step("revoked", !revoked_at, [&] {
        return revoked_at ? "revoked at " + format_rfc3339(*revoked_at) : "not revoked";
      }))
    return Refusal::kRevoked;
  const auto& expires_at = row->session.expires_at;
  if (!step("expired", !expires_at || context.clock.now() < *expires_at, [&] {
        return expires_at ? "expires at " + format_rfc3339(*expires_at) : "never expires";
      }))
    return Refusal::kExpired;
  if (!step("status", owner.status == UserStatus::kActive,
            [&] { return "user is " + std::string(to_text(owner.status)); }))
    return Refusal::kUserDisabled;

  const auto expected = derive_web_token(context, kit, db, *row);
  if (!step("token", expected && constant_time_equal(*expected, token->token), [&] {
        return "derived by scheme " + std::string(to_text(row->session.scheme)) +
               " from the session and its user";
      }))
    return Refusal::kMismatch;
  return principal_of(std::move(*row));
}

}  // namespace tokctl::auth
