#include "http/connections.h"

#include <sys/socket.h>

namespace tokctl::http {

Connections::Visitor* Connections::opened(int fd) {
  const std::lock_guard lock(mutex_);
  Visitor& visitor = visitors_.emplace_back(fd, clock_.steady() + kHeadTime);
  visitor.place = std::prev(visitors_.end());
  return &visitor;
}

void Connections::closed(Visitor& visitor) {
  const std::lock_guard lock(mutex_);
  visitors_.erase(visitor.place);
}

void Connections::end_overdue() {
  const Clock::Steady now = clock_.steady();
  const std::lock_guard lock(mutex_);
  for (Visitor& visitor : visitors_) {
    if (visitor.until.load() > now) continue;
    // Whoever serves it sees its end, and closes it.
    ::shutdown(visitor.fd, SHUT_RDWR);
    visitor.until = Clock::Steady::max();
  }
}

}  // namespace tokctl::http
