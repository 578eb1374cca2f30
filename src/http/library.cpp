#include "http/library.h"

#include <thread>
#include <utility>

#include "base/error.h"

namespace tokctl::http {
namespace {

constexpr Seconds kLastRequests{5};  // that the old library answers while the new one begins
constexpr std::chrono::milliseconds kLook{5};

}  // namespace

Library::Library(Load load, Clock& clock, Random& random, Log& log, Metrics& metrics)
    : load_(std::move(load)), clock_(clock), random_(random), log_(log), metrics_(metrics) {
  take(open_now());
  begin_upkeep();
}

Library::Opened Library::open_now() const {
  const Config config = load_();
  return {.library = std::make_shared<Tokctl>(open(config, clock_, random_)),
          .policy = config.policy,
          .waits = !config.db.starts_with("sqlite:") || !config.redis.empty()};
}

std::shared_ptr<Tokctl> Library::take(Opened opened) {
  waits_ = opened.waits;
  const std::lock_guard lock(mutex_);
  policy_ = opened.policy;
  current_.swap(opened.library);
  return std::move(opened.library);
}

void Library::begin_upkeep() {
  get()->upkeep().start([this](const std::exception& error) {
    const auto* known = dynamic_cast<const Error*>(&error);
    metrics_.failed(known != nullptr ? known->id() : "internal");
    log_.write(LogLevel::kWarning, "upkeep.failed", error);
  });
}

void Library::let_go(const std::shared_ptr<Tokctl>& old) {
  const Clock::Steady end = clock_.steady() + kLastRequests;
  while (old.use_count() > 1 && clock_.steady() < end) std::this_thread::sleep_for(kLook);
  const std::lock_guard lock(mutex_);
  past_ = old->tokens().cache_stats() + past_;
}

auth::CacheStats Library::stats() const {
  const std::lock_guard lock(mutex_);
  return current_->tokens().cache_stats() + past_;
}

void Library::reload() {
  let_go(take(open_now()));
  // Not before, and until then the database is asked: what the old one revokes, the new one would
  // learn of as another process does, and could pass meanwhile.
  begin_upkeep();
}

}  // namespace tokctl::http
