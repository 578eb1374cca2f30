// The connections there are, and until when each may stay without getting anywhere.
#pragma once

#include <atomic>
#include <list>
#include <memory>
#include <mutex>

#include "base/clock.h"
#include "http/certificate.h"

namespace tokctl::http {

// libmicrohttpd ends a connection on which nothing moves, but one byte now and then is movement
// enough: whoever sends his request a byte at a time would keep it for hours. Here a whole request
// has a time, and the wait for the next one has.
class Connections {
 public:
  static constexpr Seconds kHeadTime{10};  // from connecting to the end of the first head
  static constexpr Seconds kBodyTime{10};  // from the end of the head to that of the body
  static constexpr Seconds kSendTime{30};  // for taking the answer
  static constexpr Seconds kIdleTime{75};  // from an answer to the end of the next head

  struct Visitor {
    Visitor(int fd_, Clock::Steady until_) : fd(fd_), until(until_) {}
    const int fd;
    std::atomic<Clock::Steady> until;
    std::list<Visitor>::iterator place;
    std::shared_ptr<const Certificate> certificate;  // that it was shown; null without TLS
  };

  explicit Connections(const Clock& clock) : clock_(clock) {}

  Visitor* opened(int fd);
  // Before its descriptor is closed.
  void closed(Visitor& visitor);
  static void grant(Visitor& visitor, Clock::Steady until) {
    visitor.until.store(until, std::memory_order_relaxed);
  }

  // Cuts off all whose time is over.
  void end_overdue();

 private:
  const Clock& clock_;
  std::mutex mutex_;  // while it is held, no descriptor is closed
  std::list<Visitor> visitors_;
};

}  // namespace tokctl::http
