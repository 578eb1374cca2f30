#include "oauth/grants.h"

#include <fmt/format.h>

#include <algorithm>

#include "auth/change.h"
#include "auth/page_token.h"
#include "auth/read.h"
#include "base/error.h"
#include "base/time_text.h"
#include "base/uuid.h"
#include "oauth/grant_rows.h"
#include "oauth/refresh.h"
#include "oauth/token_endpoint.h"

namespace tokctl::oauth {
namespace {

using auth::Change;
using db::oauth_grants::GrantRow;
using Trouble = Freshened::Trouble;

SecretString prefixed(std::string_view prefix, const SecretString& token) {
  SecretString value = SecretString::of_size(prefix.size() + token.size());
  const auto to = std::ranges::copy(prefix, value.fill().begin()).out;
  std::ranges::copy(token.reveal(), to);
  return value;
}

// RFC 7009 §2.1: with the refresh token goes what was issued for it.
void end_there(const auth::Context& context, TokenEndpoint endpoint, const GrantRow& row) {
  const SecretString refresh_token = refresh_token_of(context, row);
  const auto failure = refresh_token.empty()
                           ? endpoint.revoke(access_token_of(context, row), "access_token")
                           : endpoint.revoke(refresh_token, "refresh_token");
  if (failure) throw revoke_failed(row.grant.ref, failure->message);
}

}  // namespace

SecretString bearer(const SecretString& token) { return prefixed("Bearer ", token); }

SecretString authorization_header(const SecretString& token) {
  return prefixed("Authorization: Bearer ", token);
}

OAuthGrant Grants::save(const GrantRef& ref, GrantKind kind, const SavedResponse& saved) {
  check_grant_ref(ref);
  return auth::write(context_, [&](Change& change) {
    get_provider(change.db(), ref.provider);
    auto before = db::oauth_grants::find(change.db(), ref, db::Locking::kRows);
    GrantRow row = before.value_or(GrantRow{.access_token = {}, .refresh_token = {}});
    if (!before) {
      row.grant.id = make_uuid(context_.random);
      row.grant.ref = ref;
      row.grant.created_at = change.now();
    }
    row.grant.kind = kind;
    row.grant.scope.clear();
    row.grant.has_refresh_token = false;
    row.refresh_token.reset();  // of another authorization
    put_tokens(context_, change.active_key(), saved.response, change.now(), row);
    if (saved.expires_at) row.grant.expires_at = saved.expires_at;
    if (before) {
      db::oauth_grants::update(change.db(), row);
    } else {
      // Two may save the first grant of a name at once; the later one replaces it.
      db::insert_unless_overtaken([&] { db::oauth_grants::insert(change.db(), row); });
    }
    record_grant(change, "oauth_grant.saved", row.grant, "kind", to_text(kind));
    return row.grant;
  });
}

AccessToken Grants::get(const GrantRef& ref, const Fresh& fresh) {
  check_grant_ref(ref);
  GrantRow row = get_grant(context_, ref);
  const Freshened result =
      freshen(context_, std::move(row), {.min_valid = fresh.min_valid, .stale = fresh.stale});
  const OAuthGrant& grant = result.row.grant;
  AccessToken token{
      .token = {}, .grant = grant, .generation = result.row.generation, .warning = {}};
  if (result.trouble != Trouble::kNone) {
    const bool valid = result.trouble != Trouble::kNeedsReauth &&
                       result.row.generation != fresh.stale &&
                       (!grant.expires_at || *grant.expires_at > context_.clock.now());
    if (!valid || fresh.strict) throw error_of(result);
    token.warning =
        fmt::format("the token of {} is valid for {} only: {}", name_of(ref),
                    format_duration(*grant.expires_at - context_.clock.now()), result.message);
  }
  token.token = access_token_of(context_, result.row);
  return token;
}

OAuthGrant Grants::refresh(const GrantRef& ref) {
  check_grant_ref(ref);
  GrantRow row = get_grant(context_, ref);
  if (context_.config.dry_run) return row.grant;
  const std::int64_t generation = row.generation;
  const Freshened result = freshen(context_, std::move(row), {.stale = generation});
  if (result.trouble != Trouble::kNone) throw error_of(result);
  return result.row.grant;
}

OAuthGrant Grants::find(const GrantRef& ref) {
  check_grant_ref(ref);
  return get_grant(context_, ref).grant;
}

Page<OAuthGrant> Grants::list(const GrantQuery& query) {
  constexpr std::string_view kOrder = "oauth-grants";
  auth::check_page_limit(query.limit);
  if (!query.account.empty()) check_account(query.account);
  if (!query.provider.empty()) check_provider_name(query.provider);
  std::optional<GrantRef> after;
  if (!query.page_token.empty()) {
    const auto keys = auth::parse_page_token(query.page_token, kOrder, 3);
    after = GrantRef{.account = keys[0], .provider = keys[1], .label = keys[2]};
  }
  Page<OAuthGrant> page;
  page.rows = auth::read(context_, [&](db::Handle& db) {
    return db::oauth_grants::list(db,
                                  {.account = query.account,
                                   .provider = query.provider,
                                   .state = query.state,
                                   .expires_before = query.expires_before,
                                   .limit = query.limit + 1},
                                  after ? &*after : nullptr);
  });
  if (auth::drop_surplus(page.rows, query.limit)) {
    const GrantRef& last = page.rows.back().ref;
    page.next = auth::make_page_token(kOrder, {last.account, last.provider, last.label});
  }
  return page;
}

GrantChange Grants::revoke(const GrantRef& ref, bool local) {
  check_grant_ref(ref);
  for (;;) {
    GrantRow row = get_grant(context_, ref);
    if (row.grant.state == GrantState::kRevoked) return {.grant = row.grant};
    const auto provider = get_provider(context_, ref.provider);
    const SecretString client_secret =
        local ? SecretString() : client_secret_of(context_, provider);
    if (!local && provider.provider.revoke_url.empty()) {
      throw Error(Code::kUsage, "oauth.no_endpoint",
                  fmt::format("provider {} has no revocation endpoint", ref.provider),
                  "end it there by hand, and here with --local");
    }
    if (!local && !context_.config.dry_run) {
      row = hold(context_, ref);
      if (row.grant.state == GrantState::kRevoked) return {.grant = row.grant};
      try {
        end_there(context_, TokenEndpoint(provider.provider, client_secret), row);
      } catch (...) {
        let_go(context_, row);
        throw;
      }
    }
    const auto done = auth::write(context_, [&](Change& change) -> std::optional<GrantChange> {
      GrantRow now = get_grant(change.db(), ref, db::Locking::kRows);
      // Refreshed or saved meanwhile: those tokens live still.
      if (now.grant.id != row.grant.id || now.generation != row.generation) return std::nullopt;
      now.grant.state = GrantState::kRevoked;
      now.grant.expires_at = change.now();
      now.grant.has_refresh_token = false;
      now.grant.retry_at.reset();
      now.access_token.reset();
      now.refresh_token.reset();
      now.lease_id.clear();
      now.lease_until.reset();
      db::oauth_grants::update(change.db(), now);
      record_grant(change, "oauth_grant.revoked", now.grant, "at_provider", !local);
      return GrantChange{.grant = now.grant, .changed = true};
    });
    if (done) return *done;
  }
}

OAuthGrant Grants::remove(const GrantRef& ref) {
  check_grant_ref(ref);
  return auth::write(context_, [&](Change& change) {
    const GrantRow row = get_grant(change.db(), ref, db::Locking::kRows);
    db::oauth_grants::remove(change.db(), row.grant.id);
    record_grant(change, "oauth_grant.deleted", row.grant, "state", to_text(row.grant.state));
    return row.grant;
  });
}

std::vector<std::string> Grants::accounts_with_prefix(std::string_view prefix, std::size_t limit) {
  return auth::read(context_, [&](db::Handle& db) {
    return db::oauth_grants::accounts_with_prefix(db, prefix, limit);
  });
}

}  // namespace tokctl::oauth
