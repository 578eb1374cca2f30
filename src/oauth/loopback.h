// Where a browser on this machine is sent back to (RFC 8252 §7.3).
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace tokctl::oauth {

// Listens on 127.0.0.1 alone, from the constructor on.
class Loopback {
 public:
  static constexpr std::string_view kPath = "/callback";

  // On this port, or any (0). Throws Error(kUnavailable, "oauth.port").
  explicit Loopback(std::uint16_t port);
  Loopback(const Loopback&) = delete;
  Loopback& operator=(const Loopback&) = delete;
  ~Loopback();

  // http://127.0.0.1:PORT/callback
  std::string redirect_uri() const;

  // The query of the first request to kPath that `answers` takes, whose browser is shown a page
  // that says so; nothing when `wait` is over. Any other request is answered with an error, and one
  // connection can hold up the others for two seconds at most.
  std::optional<std::string> wait(Seconds wait,
                                  const std::function<bool(std::string_view query)>& answers);

 private:
  int listener_;
  std::uint16_t port_ = 0;
};

// The query of `GET /callback?query HTTP/1.1`; nothing for any other request.
std::optional<std::string_view> callback_query(std::string_view request);

}  // namespace tokctl::oauth
