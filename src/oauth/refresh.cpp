#include "oauth/refresh.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "auth/change.h"
#include "auth/read.h"
#include "base/time_text.h"
#include "base/uuid.h"
#include "oauth/grant_rows.h"
#include "oauth/token_endpoint.h"

namespace tokctl::oauth {
namespace {

using auth::Change;
using auth::Context;
using db::oauth_grants::GrantRow;
using std::chrono::milliseconds;
using Trouble = Freshened::Trouble;

// Others are waited for until their lease must have run out and one more turn is over.
constexpr Seconds kPatience = 2 * kLease;
constexpr std::string_view kEndless =
    "another process is refreshing it and does not come to an end";
// A call that begins later than this after its lease was taken could outlive it.
constexpr Seconds kPromptly{10};
// How long an answer is tried to be stored when the database is busy or away: it may be the only
// thing that still opens the account.
constexpr Seconds kStoring{60};

bool is_fresh(const GrantRow& row, const Wanted& wanted, Time now) {
  const OAuthGrant& grant = row.grant;
  if (grant.state != GrantState::kActive || row.generation == wanted.stale) return false;
  if (!grant.expires_at) return true;
  const Seconds enough = std::min(wanted.min_valid, (*grant.expires_at - grant.obtained_at) / 2);
  return *grant.expires_at - now >= enough && *grant.expires_at > now;
}

// Between two looks at a row that another has the lease of.
class Patience {
 public:
  explicit Patience(Clock& clock) : clock_(clock), give_up_(clock.steady() + kPatience) {}

  bool over() const { return clock_.steady() >= give_up_; }
  void wait() {
    clock_.sleep_until(clock_.steady() + wait_);
    wait_ = std::min(wait_ * 2, milliseconds(200));
  }

 private:
  Clock& clock_;
  const Clock::Steady give_up_;
  milliseconds wait_{10};
};

bool is_leased(const GrantRow& row, Time now) { return row.lease_until && *row.lease_until > now; }

// One turn at refreshing.
class Turn {
 public:
  Turn(Context& context, const GrantRow& read)
      : context_(context),
        read_(read),
        provider_(get_provider(context, read.grant.ref.provider)),
        // Opened before there is a lease that a failure could leave behind.
        client_secret_(client_secret_of(context, provider_)),
        refresh_token_(refresh_token_of(context, read)),
        lease_id_(make_uuid(context.random)) {
    access_token_of(context, read);  // whose it is, how it came and its scope are as tokctl wrote
  }

  bool take_lease() {
    taken_at_ = context_.clock.steady();
    return auth::write(context_, [&](Change& change) {
      const Time now = change.now();
      if (!db::oauth_grants::take_lease(change.db(), read_, lease_id_, now, now + kLease)) {
        return false;
      }
      record_grant(change, "oauth_grant.refreshing", read_.grant, "generation", read_.generation);
      return true;
    });
  }

  // The row after the answer, whoever's answer it is that stands there.
  Freshened run() {
    const Time asked_at = context_.clock.now();
    Answer answer = Failure{.message = "the database was too slow", .retry_after = {}};
    try {
      if (context_.clock.steady() - taken_at_ < kPromptly) answer = ask();
    } catch (const Error& error) {
      store_failure({.message = error.message(), .retry_after = {}});
      throw;
    }
    if (auto* failure = std::get_if<Failure>(&answer)) return store_failure(*failure);
    return store_tokens(std::get<TokenResponse>(answer), asked_at);
  }

 private:
  Answer ask() {
    TokenEndpoint endpoint(provider_.provider, client_secret_);
    if (!refresh_token_.empty()) return endpoint.refresh(refresh_token_);
    return endpoint.client_credentials(read_.grant.scope);
  }

  // The lease may have passed to another meanwhile, and that one may have met an invalid_grant
  // because this answer was given first: a good answer replaces anything that is not newer tokens.
  Freshened store_tokens(const TokenResponse& tokens, Time asked_at) {
    const auto deadline = context_.clock.steady() + kStoring;
    for (;;) {
      try {
        return auth::write(context_, [&](Change& change) {
          auto row = db::oauth_grants::find(change.db(), read_.grant.id, db::Locking::kRows);
          if (!row) return gone(change.db());
          if (row->generation != read_.generation || row->grant.state == GrantState::kRevoked) {
            return Freshened{.row = std::move(*row), .message = {}};
          }
          // Seals for whomever the row names: it must not have been given away since it was read.
          access_token_of(context_, *row);
          put_tokens(context_, change.active_key(), tokens, asked_at, *row);
          row->grant.refreshed_at = change.now();
          db::oauth_grants::update(change.db(), *row);
          record_grant(change, "oauth_grant.refreshed", row->grant, "rotated",
                       !tokens.refresh_token.empty());
          return Freshened{.row = std::move(*row), .refreshed = true, .message = {}};
        });
      } catch (const Error& error) {
        if (error.code() != Code::kUnavailable || context_.clock.steady() >= deadline) throw;
        context_.clock.sleep_until(context_.clock.steady() + milliseconds(500));
      }
    }
  }

  Freshened store_failure(const Failure& failure) {
    return auth::write(context_, [&](Change& change) {
      auto found = db::oauth_grants::find(change.db(), read_.grant.id, db::Locking::kRows);
      if (!found) return gone(change.db());
      Freshened result{.row = std::move(*found), .message = {}};
      GrantRow& row = result.row;
      // Somebody has newer tokens, or a newer turn: what this one met says nothing any more.
      if (row.generation != read_.generation || row.lease_id != lease_id_) return result;

      const bool lost = failure.kind == Failure::Kind::kInvalidGrant && !refresh_token_.empty();
      OAuthGrant& grant = row.grant;
      ++grant.failures;
      grant.last_error = failure.message;
      grant.failed_at = change.now();
      row.lease_id.clear();
      row.lease_until.reset();
      if (lost) {
        grant.state = GrantState::kNeedsReauth;
        grant.retry_at.reset();
      } else {
        grant.retry_at = change.now() + std::max(backoff(grant.failures, context_.random),
                                                 failure.retry_after.value_or(Seconds(0)));
      }
      db::oauth_grants::update(change.db(), row);
      record_grant(change, lost ? "oauth_grant.needs_reauth" : "oauth_grant.refresh_failed", grant,
                   "error", std::string_view(grant.last_error));
      result.trouble = lost ? Trouble::kNeedsReauth : Trouble::kFailed;
      result.message = grant.last_error;
      result.now_lost = lost;
      return result;
    });
  }

  Freshened gone(db::Handle& db) { return {.row = get_grant(db, read_.grant.ref), .message = {}}; }

  Context& context_;
  const GrantRow& read_;
  const db::oauth_providers::ProviderRow provider_;
  const SecretString client_secret_;
  const SecretString refresh_token_;
  const std::string lease_id_;
  Clock::Steady taken_at_{0};
};

// Why a grant that is not fresh is not to be refreshed now; kNone when it may be.
Freshened obstacle(const GrantRow& row, Time now) {
  const OAuthGrant& grant = row.grant;
  if (grant.state == GrantState::kRevoked) {
    return {.row = row, .trouble = Trouble::kNeedsReauth, .message = "it was revoked"};
  }
  if (grant.state == GrantState::kNeedsReauth) {
    return {.row = row, .trouble = Trouble::kNeedsReauth, .message = grant.last_error};
  }
  if (!grant.refreshable()) {
    return {
        .row = row, .trouble = Trouble::kNoRefresh, .message = "it came without a refresh token"};
  }
  if (grant.retry_at && *grant.retry_at > now) {
    return {.row = row,
            .trouble = Trouble::kFailed,
            .message = fmt::format("{}; not tried again for {}", grant.last_error,
                                   format_duration(*grant.retry_at - now))};
  }
  return {.row = row, .message = {}};
}

}  // namespace

Error revoke_failed(const GrantRef& ref, std::string_view why) {
  return {Code::kRemote, "oauth.revoke_failed",
          fmt::format("the grant of {} could not be revoked: {}", name_of(ref), why),
          "try again, or end it here alone with --local"};
}

Error error_of(const Freshened& result) {
  const GrantRef& ref = result.row.grant.ref;
  if (result.trouble == Trouble::kFailed) {
    return {
        Code::kRemote, "oauth.refresh_failed",
        fmt::format("the grant of {} could not be refreshed: {}", name_of(ref), result.message)};
  }
  return {
      Code::kReauthorize, "oauth.needs_reauth",
      fmt::format("the grant of {} needs to be authorized again: {}", name_of(ref), result.message),
      fmt::format("tokctl oauth login ACCOUNT --provider {}", ref.provider)};
}

Seconds backoff(std::int64_t failures, Random& random) {
  constexpr std::int64_t kFirst = 30;
  constexpr std::int64_t kLongest = 900;
  const std::int64_t whole =
      std::min(kFirst << std::clamp<std::int64_t>(failures - 1, 0, 10), kLongest);
  std::array<std::uint8_t, 2> bytes{};
  random.fill(bytes);
  const std::int64_t chance = bytes[0] * 256 + bytes[1];  // of 65536
  return Seconds(whole / 2 + whole / 2 * chance / 65535);
}

Freshened freshen(Context& context, GrantRow row, const Wanted& wanted) {
  Patience patience(context.clock);
  for (;;) {
    const Time now = context.clock.now();
    if (is_fresh(row, wanted, now)) return {.row = std::move(row), .message = {}};
    // cppcheck-suppress accessMoved  ; only a return moves it
    if (Freshened found = obstacle(row, now); found.trouble != Trouble::kNone) return found;

    if (!is_leased(row, now)) {
      Turn turn(context, row);
      if (turn.take_lease()) {
        Freshened result = turn.run();
        // Fresh or not, this is what the provider gives.
        if (result.refreshed || result.trouble != Trouble::kNone) return result;
      }
    } else if (!wanted.waits) {
      return {.row = std::move(row), .message = {}};
    } else {
      if (patience.over()) {
        return {
            .row = std::move(row), .trouble = Trouble::kFailed, .message = std::string(kEndless)};
      }
      patience.wait();
    }
    // By its name, not its id: the caller gets what is his at the end, whoever swapped the names.
    // cppcheck-suppress accessMoved  ; only a return moves it
    row = get_grant(context, row.grant.ref);
  }
}

GrantRow hold(Context& context, const GrantRef& ref) {
  Patience patience(context.clock);
  const std::string lease_id = make_uuid(context.random);
  for (;;) {
    GrantRow row = get_grant(context, ref);
    if (row.grant.state != GrantState::kActive) return row;
    if (!is_leased(row, context.clock.now())) {
      const bool taken = auth::write(context, [&](Change& change) {
        change.commit_without_event();
        return db::oauth_grants::take_lease(change.db(), row, lease_id, change.now(),
                                            change.now() + kLease);
      });
      if (taken) {
        row.lease_id = lease_id;
        return row;
      }
    }
    if (patience.over()) throw revoke_failed(ref, kEndless);
    patience.wait();
  }
}

void let_go(Context& context, const GrantRow& held) noexcept {
  if (held.lease_id.empty()) return;
  try {
    auth::write(context, [&](Change& change) {
      db::oauth_grants::end_lease(change.db(), held.grant.id, held.lease_id);
      change.commit_without_event();
      return true;
    });
  } catch (const std::exception&) {  // NOLINT(bugprone-empty-catch)
  }
}

}  // namespace tokctl::oauth
