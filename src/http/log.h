// What the daemon says: a line of JSON for each event, on standard error. Never a credential, a
// query or a body.
#pragma once

#include <cstdint>
#include <exception>
#include <initializer_list>
#include <memory>
#include <string_view>
#include <utility>
#include <variant>

#include "base/config.h"
#include "base/error.h"

namespace tokctl::http {

// Thread-safe.
class Log {
 public:
  using Value = std::variant<std::string_view, std::int64_t>;
  using Fields = std::initializer_list<std::pair<std::string_view, Value>>;

  explicit Log(LogLevel level);
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;
  ~Log();

  bool says(LogLevel level) const { return level <= level_; }
  // {"time":…,"level":…,"event":…, and the fields}
  void write(LogLevel level, std::string_view event, Fields fields = {}) noexcept;
  // With the error's id, message and hint.
  void write(LogLevel level, std::string_view event, const std::exception& error,
             std::string_view request_id = {}) noexcept;

 private:
  struct Sink;
  const LogLevel level_;
  std::unique_ptr<Sink> sink_;
};

}  // namespace tokctl::http
