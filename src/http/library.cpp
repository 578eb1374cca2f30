#include "http/library.h"

#include <utility>

#include "base/error.h"

namespace tokctl::http {

Library::Library(Load load, Clock& clock, Random& random, Log& log, Metrics& metrics)
    : load_(std::move(load)), clock_(clock), random_(random), log_(log), metrics_(metrics) {
  take(open_and_start());
}

Library::Opened Library::open_and_start() const {
  const Config config = load_();
  auto opened = std::make_shared<Tokctl>(open(config, clock_, random_));
  opened->upkeep().start([this](const std::exception& error) {
    const auto* known = dynamic_cast<const Error*>(&error);
    metrics_.failed(known != nullptr ? known->id() : "internal");
    log_.write(LogLevel::kWarning, "upkeep.failed", error);
  });
  return {.library = std::move(opened),
          .policy = config.policy,
          .waits = !config.db.starts_with("sqlite:") || !config.redis.empty()};
}

void Library::take(Opened opened) {
  waits_ = opened.waits;
  const std::lock_guard lock(mutex_);
  if (current_) past_ = current_->tokens().cache_stats() + past_;
  policy_ = opened.policy;
  current_.swap(opened.library);
}

auth::CacheStats Library::stats() const {
  const std::lock_guard lock(mutex_);
  return current_->tokens().cache_stats() + past_;
}

void Library::reload() { take(open_and_start()); }

}  // namespace tokctl::http
