// Users::login and what slows a guesser down.
#include <algorithm>

#include "auth/change.h"
#include "auth/passwords.h"
#include "auth/read.h"
#include "auth/user_rows.h"
#include "auth/users.h"
#include "base/encoding.h"
#include "db/login_throttle.h"
#include "db/root_key.h"

namespace tokctl::auth {
namespace {

using db::login_throttle::Entry;

constexpr std::int64_t kFreeFailures = 3;  // from this failure in a row on, attempts have to wait
constexpr Seconds kLongestDelay{60};
constexpr std::int64_t kFailuresADay = 100;  // then the email is locked until midnight UTC

std::chrono::sys_days day_of(Time time) { return std::chrono::floor<std::chrono::days>(time); }

std::optional<LoginRefusal> refusal(const std::optional<Entry>& entry, Time now) {
  if (!entry) return std::nullopt;
  if (entry->day_failures >= kFailuresADay && day_of(entry->last_failure_at) == day_of(now)) {
    return LoginRefusal{.kind = LoginRefusal::Kind::kLocked,
                        .retry_after = day_of(now) + std::chrono::days(1) - now};
  }
  if (entry->failures < kFreeFailures) return std::nullopt;
  const std::int64_t doublings = std::min<std::int64_t>(entry->failures - kFreeFailures, 6);
  const Time open_at =
      entry->last_failure_at + std::min(Seconds(std::int64_t{1} << doublings), kLongestDelay);
  if (now >= open_at) return std::nullopt;
  // A clock set back must not lock anybody out for longer than the rule says.
  return LoginRefusal{.kind = LoginRefusal::Kind::kDelayed,
                      .retry_after = std::min(Seconds(open_at - now), kLongestDelay)};
}

Entry one_more_failure(const std::optional<Entry>& before, Time now) {
  Entry entry = before.value_or(Entry{});
  const bool same_day = before && day_of(entry.last_failure_at) == day_of(now);
  entry.failures += 1;
  entry.day_failures = same_day ? entry.day_failures + 1 : 1;
  entry.last_failure_at = now;
  return entry;
}

// Under K_throttle, so that the table of a stolen database does not tell who mistyped a password.
std::string throttle_digest(const Context& context, std::string_view key_id,
                            std::string_view email) {
  crypto::Mac mac(context.keyring.mac_key(key_id, crypto::Purpose::kThrottle));
  return hex_encode(mac.add_lp(email).finish());
}

// Makes every answer of a login take equally long, on whatever path it was reached.
class Floor {
 public:
  Floor(Clock& clock, std::chrono::milliseconds floor)
      : clock_(clock), until_(clock.steady() + floor) {}
  Floor(const Floor&) = delete;
  Floor& operator=(const Floor&) = delete;
  ~Floor() { clock_.sleep_until(until_); }

 private:
  Clock& clock_;
  Clock::Steady until_;
};

struct Judged {
  std::optional<db::users::UserRow> row;  // as it was when the password was checked
  bool matched = false;
  std::optional<HashedPassword> better_hash;
};

Judged judge(const Context& context, std::optional<db::users::UserRow> row,
             const SecretString& password) {
  const SecretString hash = row ? stored_hash(context, *row) : SecretString();
  const auto scheme = row ? crypto::password_scheme_from(row->secrets.password_scheme)
                                .value_or(crypto::PasswordScheme::kNone)
                          : crypto::PasswordScheme::kNone;
  const std::string private_id = row ? row->secrets.private_id : std::string(36, '0');
  Judged judged;
  judged.matched = context.hasher.verify(scheme, hash, private_id, password);
  if (judged.matched && context.hasher.should_rehash(scheme, hash, password))
    judged.better_hash = hash_password(context, password, private_id);
  judged.row = std::move(row);
  return judged;
}

LoginVerdict count_failure(Change& change, std::string_view digest,
                           const std::optional<Entry>& entry,
                           const std::optional<db::users::UserRow>& row) {
  const Entry counted = one_more_failure(entry, change.now());
  entry ? db::login_throttle::update(change.db(), digest, counted)
        : db::login_throttle::insert(change.db(), digest, counted);
  const std::string public_id = row ? row->user.public_id : "";
  if (counted.day_failures == kFailuresADay) {
    change.record("user.login_locked", public_id, digest);
  } else if (counted.failures == kFreeFailures) {
    change.record("user.login_delayed", public_id, digest);
  } else {
    change.commit_without_event();
  }
  return LoginRefusal{};
}

}  // namespace

LoginVerdict Users::login(std::string_view email_text, const SecretString& password) {
  const std::string email = normalize_email(email_text);
  const Floor floor(context_.clock, context_.config.policy.login_floor);

  std::string digest;
  std::optional<db::users::UserRow> row;
  const auto refused_before = read(context_, [&](db::Handle& db) {
    digest = throttle_digest(context_, db::root_keys::active(db).value_or(""), email);
    // Spares the work when the answer is known.
    const auto entry = db::login_throttle::find(db, digest, db::Locking::kNone);
    auto refused = refusal(entry, context_.clock.now());
    if (!refused) row = db::users::find_by_email(db, email);
    return refused;
  });
  if (refused_before) return *refused_before;
  const Judged judged = judge(context_, std::move(row), password);

  return write(context_, [&](Change& change) -> LoginVerdict {
    // Asked again under the lock: of many guesses sent at once, those after the third are refused
    // unjudged, the right one among them.
    const auto entry = db::login_throttle::find(change.db(), digest, db::Locking::kRows);
    if (const auto refused = refusal(entry, change.now())) return *refused;

    auto now = find_user(change.db(), {.email = email}, db::Locking::kRows);
    const bool same_password = now && judged.row &&
                               now->user.public_id == judged.row->user.public_id &&
                               now->secrets.password_tag == judged.row->secrets.password_tag;
    if (!judged.matched || !same_password || now->user.status != UserStatus::kActive)
      return count_failure(change, digest, entry, now);

    if (entry && entry->failures > 0) {
      // The day's count stays: the owner's own logins must not buy a guesser more tries.
      Entry cleared = *entry;
      cleared.failures = 0;
      db::login_throttle::update(change.db(), digest, cleared);
    }
    const bool rehash =
        judged.better_hash && now->secrets.password_hash == judged.row->secrets.password_hash;
    if (rehash) {
      replace_hash(context_, change.active_key(), *judged.better_hash, *now);
      now->user.updated_at = change.now();
      db::users::update(change.db(), *now);
    }
    change.record("user.login", now->user.public_id, now->user.public_id, {{"rehashed", rehash}});
    return LoggedIn{.user = std::move(now->user),
                    .password_tag = std::move(now->secrets.password_tag)};
  });
}

bool Users::unlock(std::string_view email_text) {
  const std::string email = normalize_email(email_text);
  return write(context_, [&](Change& change) {
    const std::string digest = throttle_digest(context_, change.active_key(), email);
    const bool changed = db::login_throttle::remove(change.db(), digest);
    if (changed) {
      const auto row = find_user(change.db(), {.email = email});
      change.record("user.unlocked", row ? row->user.public_id : "", digest);
    }
    return changed;
  });
}

}  // namespace tokctl::auth
