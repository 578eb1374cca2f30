// What the daemon answers to whom.
#pragma once

#include <cstddef>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "base/clock.h"
#include "http/library.h"
#include "http/message.h"
#include "http/metrics.h"

namespace tokctl::http {

// Where a request that has to wait does so: one that takes long keeps only its like waiting.
enum class Lane { kDatabase, kPassword };
inline constexpr std::size_t kLanes = 2;

// What a request gets, or where it has to wait for it.
using Answer = std::variant<Response, Lane>;

struct RouteOptions {
  std::string cookie;  // whose value is taken for a credential where no header has one; or empty
};

// Thread-safe.
class Routes {
 public:
  Routes(Library& library, Metrics& metrics, RouteOptions options, Clock& clock);

  // Without waiting for anybody.
  Answer at_once(const Request& request);
  // The answer. Throws what stops the work: see failure.
  Response answer(const Request& request);

  // The name of the route, for the log: what was asked for may hold a secret.
  static std::string_view name_of(const Request& request);

 private:
  struct Route;
  static const Route* find(std::string_view path);

  // `query` says what the credential must be good for.
  Answer authorize_at_once(const Request& request, std::string_view query);
  Response authorize(const Request& request, std::string_view query);
  Answer introspect_at_once(const Request& request);
  Response ready();
  Response key_set();
  Response metrics();

  Library& library_;
  Metrics& metrics_;
  const RouteOptions options_;
  Clock& clock_;
  std::mutex key_set_mutex_;
  std::string key_set_;
  Clock::Steady key_set_until_ = Clock::Steady::min();
};

// The one place that knows the status of what stopped the work.
Response failure(const std::exception& error);

}  // namespace tokctl::http
