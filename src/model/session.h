// A session: what a web token or a JWT hangs on.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace tokctl {

enum class SessionKind { kWeb, kJwt };
std::string_view to_text(SessionKind kind);  // web, jwt
std::optional<SessionKind> session_kind_from(std::string_view text);

// How the web token of a session is derived.
enum class WebScheme { kV1, kKit };
std::string_view to_text(WebScheme scheme);  // v1, kit
std::optional<WebScheme> web_scheme_from(std::string_view text);

struct Session {
  std::string session_id;
  std::string public_id;  // whose it is
  SessionKind kind = SessionKind::kWeb;
  WebScheme scheme = WebScheme::kV1;
  std::string root_key_id;
  std::string source;  // where the login came from, as the caller named it; may be empty
  Time created_at;
  std::optional<Time> expires_at;  // nothing: never
  std::optional<Time> last_used_at;
  std::optional<Time> revoked_at;

  bool live(Time now) const { return !revoked_at && (!expires_at || now < *expires_at); }
};

// How much longer a JWT is taken than it and its session say, for clocks differ.
inline constexpr Seconds kJwtSkew = std::chrono::minutes(1);

inline constexpr std::size_t kSourceMax = 40;  // characters of a session's source
// Throws Error(kUsage, "session.source") unless empty or 1..kSourceMax of a-z 0-9 . _ - .
void check_source(std::string_view source);

}  // namespace tokctl
