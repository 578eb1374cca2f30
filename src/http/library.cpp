#include "http/library.h"

#include <utility>

namespace tokctl::http {

Library::Library(Load load, Clock& clock, Random& random, Log& log)
    : load_(std::move(load)),
      clock_(clock),
      random_(random),
      log_(log),
      current_(open_and_start()) {}

std::shared_ptr<Tokctl> Library::open_and_start() {
  const Config config = load_();
  auto opened = std::make_shared<Tokctl>(open(config, clock_, random_));
  waits_ = !config.db.starts_with("sqlite:") || !config.redis.empty();
  opened->upkeep().start([this](const std::exception& error) {
    log_.write(LogLevel::kWarning, "upkeep.failed", error);
  });
  return opened;
}

void Library::reload() {
  auto opened = open_and_start();
  const std::lock_guard lock(mutex_);
  current_.swap(opened);
}

}  // namespace tokctl::http
