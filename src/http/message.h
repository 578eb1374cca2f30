// A request as a route sees it, and what it answers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tokctl::http {

// The bounds of a request; what is beyond them is refused before any route sees it.
inline constexpr std::size_t kHeadMax = 24U << 10;  // bytes of request line and headers
inline constexpr std::size_t kTargetMax = 2U << 10;
inline constexpr std::size_t kHeadersMax = 64;
inline constexpr std::size_t kBodyMax = 64U << 10;  // bytes
inline constexpr std::size_t kBodyRead = 1U << 20;  // announced longer, it is not even read

// RFC 9110 §5.1: names of headers are the same in any case.
bool same_name(std::string_view a, std::string_view b);

struct Request {
  std::string_view method;
  std::string_view path;   // as it was sent: nothing is decoded
  std::string_view query;  // what follows the `?`, or empty
  std::vector<std::pair<std::string_view, std::string_view>> headers;  // names as they were sent
  std::string body;
  std::string id;  // the caller's X-Request-Id, or one of ours

  // The value of a header; empty when it is not there. `count` tells how often it is.
  std::string_view header(std::string_view name) const;
  std::size_t count(std::string_view name) const;
};

struct Response {
  int status = 200;
  std::vector<std::pair<const char*, std::string>> headers;
  std::string body;
  const char* content_type = "application/json";
  std::string_view reason;  // for the operator alone: kValid, or why a credential was refused
};

inline constexpr std::string_view kValid = "valid";

// The one shape of an answer that is no success: {"error":…}, as RFC 6749 §5.2 has it.
Response refusal(int status, std::string_view error);

inline constexpr std::string_view kChallenge = "Bearer realm=\"tokctl\"";
// One that says what would be let pass instead (RFC 9110 §11.6.1), and that nobody keeps.
Response challenge(int status, std::string_view error, std::string wanted);

}  // namespace tokctl::http
