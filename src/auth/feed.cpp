#include "auth/feed.h"

#include <algorithm>
#include <charconv>
#include <string_view>
#include <unordered_map>

#include "db/api_token.h"
#include "db/event.h"
#include "db/pool.h"
#include "db/session.h"

namespace tokctl::auth {
namespace {

using cache::Reach;

constexpr std::size_t kBatch = 1000;

const std::unordered_map<std::string_view, Reach>& reaches() {
  static const std::unordered_map<std::string_view, Reach> kReaches = {
      // These make something, unmake what had ended already, or concern what is never cached.
      {"api_token.created", Reach::kNothing},
      {"api_token.created_many", Reach::kNothing},
      {"api_token.pruned", Reach::kNothing},
      {"audit.pruned", Reach::kNothing},
      {"database.created", Reach::kNothing},
      {"database.rekeyed", Reach::kNothing},
      {"login_throttle.pruned", Reach::kNothing},
      {"oauth_grant.deleted", Reach::kNothing},
      {"oauth_grant.needs_reauth", Reach::kNothing},
      {"oauth_grant.pruned", Reach::kNothing},
      {"oauth_grant.refresh_failed", Reach::kNothing},
      {"oauth_grant.refreshed", Reach::kNothing},
      {"oauth_grant.refreshing", Reach::kNothing},
      {"oauth_grant.revoked", Reach::kNothing},
      {"oauth_grant.saved", Reach::kNothing},
      {"oauth_provider.added", Reach::kNothing},
      {"oauth_provider.removed", Reach::kNothing},
      {"oauth_provider.updated", Reach::kNothing},
      {"refresh_token.created", Reach::kNothing},
      {"refresh_token.pruned", Reach::kNothing},
      {"refresh_token.rotated", Reach::kNothing},
      {"root_key.activated", Reach::kNothing},
      {"root_key.added", Reach::kNothing},
      {"session.imported", Reach::kNothing},
      {"session.pruned", Reach::kNothing},
      {"user.created", Reach::kNothing},
      {"user.hashes_exported", Reach::kNothing},
      {"user.imported", Reach::kNothing},
      {"user.kit_forgotten", Reach::kNothing},
      {"user.login", Reach::kNothing},
      {"user.login_delayed", Reach::kNothing},
      {"user.login_locked", Reach::kNothing},
      {"user.restored", Reach::kNothing},
      {"user.unlocked", Reach::kNothing},
      {"verification_token.consumed", Reach::kNothing},
      {"verification_token.created", Reach::kNothing},
      {"verification_token.locked", Reach::kNothing},
      {"verification_token.pruned", Reach::kNothing},
      {"verification_token.revoked", Reach::kNothing},
      // The subject is a token, or the session of one.
      {"api_token.revoked", Reach::kToken},
      {"api_token.rotated", Reach::kToken},
      {"refresh_token.reused", Reach::kToken},
      {"session.revoked", Reach::kToken},
      // A session may end others; the rest changes what validation says of a user.
      {"api_token.revoked_all", Reach::kUser},
      {"cache.flushed", Reach::kUser},  // or everybody's
      {"session.created", Reach::kUser},
      {"session.revoked_all", Reach::kUser},
      {"user.deleted", Reach::kUser},
      {"user.disabled", Reach::kUser},
      {"user.enabled", Reach::kUser},
      {"user.password_set", Reach::kUser},
      {"user.updated", Reach::kUser},
      // What is known of the keys of JWTs, but no verdict.
      {"jwk.created", Reach::kKeys},
      {"jwk.imported", Reach::kKeys},
      {"jwk.rotated", Reach::kKeys},
      // With a key end the JWTs that it signed, and nobody knows which those are.
      {"jwk.retired", Reach::kAll},
      // root_key.retired and whatever is not named here end everything.
  };
  return kReaches;
}

cache::Point point_of(const Event& event) {
  cache::Point point{.seq = event.seq};
  const std::string_view hex = std::string_view(event.mac).substr(0, 16);
  std::from_chars(hex.data(), hex.data() + hex.size(), point.mac, 16);
  return point;
}

}  // namespace

cache::Word word_of(const Event& event) {
  cache::Word word{.point = point_of(event)};
  const auto known = reaches().find(event.type);
  if (known == reaches().end()) return word;
  word.reach = known->second;
  if (word.reach == Reach::kUser) {
    word.id = event.public_id;
    if (word.id.empty()) word.reach = Reach::kAll;
    // Most logins end no other session, and a user's tokens should not be looked up anew for each.
    if (event.type == "session.created" && event.detail.ends_with("\"sessions_revoked\":0}"))
      word.reach = Reach::kNothing;
  } else if (word.reach != Reach::kNothing) {
    word.id = event.subject;
  }
  return word;
}

void Feed::poll() {
  const Clock::Steady started = context_.clock.steady();
  try {
    if (!lease_) {
      lease_.emplace(context_.pool.borrow());
      counter_ = 0;
    }
    read(**lease_);
  } catch (...) {
    lease_.reset();
    throw;
  }
  levels_.heard(started);
}

void Feed::read(db::Handle& db) {
  // Before the log, so that what is committed in between is looked for the next time.
  const std::int64_t counter = db.connection().change_counter();
  if (begun_ && counter != 0 && counter == counter_) return;
  if (!begun_ || !advance(db)) begin(db);
  begun_ = true;
  counter_ = counter;
}

void Feed::begin(db::Handle& db) {
  // Before the log is read: what this process commits meanwhile may not be in it, and still counts.
  begun_ = false;
  levels_.reset();
  const Time oldest = context_.clock.now() - cache::Marks::kMemory;
  std::vector<cache::Word> words;  // the last first
  std::int64_t before = 0;
  bool more = true;
  while (more) {
    const auto events = db::events::list(db, {.descending = true, .limit = kBatch}, before);
    for (const Event& event : events) {
      words.push_back(word_of(event));
      more = event.at >= oldest && words.size() < cache::Marks::kWordsMax;
      if (!more) break;
      before = event.seq;
    }
    more = more && events.size() == kBatch;
  }
  // The oldest is the floor: what was read before it is too old to be admitted.
  std::ranges::reverse(words);
  levels_.begin(words.empty() ? cache::Point{} : words.front().point);
  if (!words.empty()) words.erase(words.begin());
  levels_.apply(words, context_.clock.steady());
}

// False when the log does not go on from where it was read last.
bool Feed::advance(db::Handle& db) {
  for (;;) {
    const cache::Point last = levels_.point();
    // With the last event once more, which must still be the same.
    auto events = db::events::list(db, {.limit = kBatch}, std::max<std::int64_t>(last.seq - 1, 0));
    std::vector<cache::Word> words;
    words.reserve(events.size());
    for (const Event& event : events) words.push_back(word_of(event));
    std::int64_t expected = std::max<std::int64_t>(last.seq, 1);
    for (const cache::Word& word : words) {
      if (word.point.seq != expected++) return false;
    }
    if (last.seq > 0) {
      if (words.empty() || words.front().point != last) return false;
      words.erase(words.begin());
    }
    levels_.apply(words, context_.clock.steady());
    remove_shared(db, words);
    if (events.size() < kBatch) return true;
  }
}

// Redis is told too, though nobody depends on it.
void Feed::remove_shared(db::Handle& db, const std::vector<cache::Word>& words) {
  if (levels_.shared() == nullptr) return;
  std::vector<std::string> digests, users, kids;
  for (const cache::Word& word : words) {
    if (word.reach == Reach::kUser) users.push_back(word.id);
    if (word.reach == Reach::kKeys || word.reach == Reach::kAll) kids.push_back(word.id);
    if (word.reach != Reach::kToken) continue;
    if (auto digest = db::api_tokens::digest_of(db, word.id)) {
      digests.push_back(*std::move(digest));
    } else if (auto session = db::sessions::find(db, word.id)) {
      // The digests of a session's tokens are not known; those of its user are.
      users.push_back(std::move(session->public_id));
    }
  }
  if (!digests.empty() || !users.empty()) levels_.remove_shared(digests, users);
  if (!kids.empty()) levels_.remove_shared_keys(kids);
}

}  // namespace tokctl::auth
