// Refreshing many grants, some of them at once: Grants::refresh_due and refresh_all.
#include <algorithm>
#include <deque>
#include <exception>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

#include "auth/context.h"
#include "auth/read.h"
#include "base/error.h"
#include "oauth/grants.h"
#include "oauth/refresh.h"

namespace tokctl::oauth {
namespace {

using db::oauth_grants::Due;
using Trouble = Freshened::Trouble;

// After so many failures in a row that are not a provider's answer, the rest of its grants are left
// for the next time: each may cost 15 s.
constexpr int kDeafAfter = 3;

using Ids = std::deque<std::string>;

// The ids of grants, page by page; an empty one is the end.
using Pages = std::function<Ids()>;

Pages pages_of_due(auth::Context& context, Seconds window) {
  return [&context, now = context.clock.now(), window, last = std::optional<Due>()]() mutable {
    const auto page = auth::read(context, [&](db::Handle& db) {
      return db::oauth_grants::due(db, now + window, now, last ? &*last : nullptr, kPageMax);
    });
    Ids ids;
    for (const Due& due : page) ids.push_back(due.id);
    if (!page.empty()) last = page.back();
    return ids;
  };
}

Pages pages_of_all(auth::Context& context) {
  return [&context, last = std::optional<GrantRef>()]() mutable {
    const auto page = auth::read(context, [&](db::Handle& db) {
      return db::oauth_grants::list(db, {.state = GrantState::kActive}, last ? &*last : nullptr);
    });
    Ids ids;
    for (const OAuthGrant& grant : page) ids.push_back(grant.id);
    if (!page.empty()) last = page.back().ref;
    return ids;
  };
}

class Many {
 public:
  Many(auth::Context& context, const Refreshing& how, std::optional<Seconds> window, Pages pages)
      : context_(context), how_(how), window_(window), pages_(std::move(pages)) {}

  RefreshSummary run() {
    std::vector<std::thread> others;
    const std::size_t count = std::clamp<std::size_t>(how_.at_once, 1, Refreshing::kAtOnceMax);
    for (std::size_t n = 1; n < count; ++n) others.emplace_back([this] { work(); });
    work();
    for (std::thread& other : others) other.join();
    if (error_) std::rethrow_exception(error_);
    return summary_;
  }

 private:
  void work() {
    try {
      while (const auto id = take()) {
        refresh(*id);
        const std::lock_guard lock(mutex_);
        ++done_;
        if (how_.progress) how_.progress(done_, total_);
      }
    } catch (...) {
      const std::lock_guard lock(mutex_);
      if (!error_) error_ = std::current_exception();
    }
  }

  std::optional<std::string> take() {
    const std::lock_guard lock(mutex_);
    if (error_ || over_ || (how_.stopped && how_.stopped())) return std::nullopt;
    if (ids_.empty()) {
      ids_ = pages_();
      total_ += static_cast<std::int64_t>(ids_.size());
    }
    over_ = ids_.empty();
    if (over_) return std::nullopt;
    std::string id = std::move(ids_.front());
    ids_.pop_front();
    return id;
  }

  void refresh(const std::string& id) {
    auto row = auth::read(context_, [&](db::Handle& db) { return db::oauth_grants::find(db, id); });
    if (!row || !row->grant.refreshable() || !may_begin(row->grant.ref.provider)) return;
    Wanted wanted;
    if (window_) {
      wanted.min_valid = *window_;
      wanted.waits = false;  // the other one does the same
    } else {
      wanted.stale = row->generation;
    }
    try {
      count(freshen(context_, std::move(*row), wanted));
    } catch (const Error& error) {
      // One that does not open or has just been deleted is no reason to leave the others.
      if (error.code() != Code::kIntegrity && error.code() != Code::kNotFound) throw;
      const std::lock_guard lock(mutex_);
      ++summary_.failed;
      if (how_.told) how_.told(error);
    }
  }

  bool may_begin(const std::string& provider) {
    const std::lock_guard lock(mutex_);
    if (context_.config.dry_run) {
      ++summary_.refreshed;
      return false;
    }
    if (deaf_[provider] < kDeafAfter) return true;
    ++summary_.skipped;
    return false;
  }

  void count(const Freshened& result) {
    const std::lock_guard lock(mutex_);
    const bool failed = result.trouble == Trouble::kFailed;
    int& failures = deaf_[result.row.grant.ref.provider];
    failures = failed ? failures + 1 : 0;
    if (result.refreshed) ++summary_.refreshed;
    if (failed) ++summary_.failed;
    if (result.now_lost) ++summary_.needs_reauth;
    if ((failed || result.now_lost) && how_.told) how_.told(error_of(result));
  }

  auth::Context& context_;
  const Refreshing& how_;
  const std::optional<Seconds> window_;
  std::mutex mutex_;  // of all below
  const Pages pages_;
  Ids ids_;
  bool over_ = false;
  std::int64_t done_ = 0;
  std::int64_t total_ = 0;
  std::map<std::string, int> deaf_;  // failures in a row, by provider
  RefreshSummary summary_;
  std::exception_ptr error_;
};

}  // namespace

RefreshSummary Grants::refresh_due(Seconds window, const Refreshing& how) {
  return Many(context_, how, window, pages_of_due(context_, window)).run();
}

RefreshSummary Grants::refresh_all(const Refreshing& how) {
  return Many(context_, how, std::nullopt, pages_of_all(context_)).run();
}

}  // namespace tokctl::oauth
