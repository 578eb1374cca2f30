// What the endpoints of a provider answer, read strictly.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "base/clock.h"
#include "base/secret.h"
#include "oauth/http.h"

namespace tokctl::oauth {

inline constexpr std::size_t kTokenMax = std::size_t{16} << 10;  // bytes of one token

// RFC 6749 §5.1. What else is in an answer is passed over.
struct TokenResponse {
  SecretString access_token;
  SecretString refresh_token;  // empty: none came
  std::string token_type;
  std::optional<Seconds> expires_in;  // nothing: it was not said, or in no way that means anything
  std::optional<std::string> scope;
};

// Why there are no tokens.
struct Failure {
  enum class Kind {
    kTransient,     // no answer, or one that says nothing: to be tried again
    kRefused,       // by the server, and again until somebody changes something
    kInvalidGrant,  // the refresh token, code or device code is good for nothing any more
    kPending,       // the person at the other device has not decided yet (RFC 8628 §3.5)
    kSlowDown,      // the same, and we asked too often
  };
  Kind kind = Kind::kTransient;
  std::string message;  // names the host and the word of the error, never anything else it sent
  std::optional<Seconds> retry_after;
};

using Answer = std::variant<TokenResponse, Failure>;

// Judges an answer of the token endpoint of `host`.
Answer read_token_answer(const HttpResponse& response, std::string_view host);

// A token response as it stands in a file. Beside `expires_in` it may say when by `expires_at` or,
// as Salla's does, `expires`, in Unix seconds. Throws Error(kUsage, "oauth.response") naming what
// is wrong, without repeating anything.
struct SavedResponse {
  TokenResponse response;
  std::optional<Time> expires_at;
};
SavedResponse parse_saved_response(const SecretString& text);

// RFC 8628 §3.2.
struct DeviceResponse {
  SecretString device_code;
  std::string user_code;
  std::string verification_uri;
  std::string verification_uri_complete;  // empty: none
  Seconds expires_in{0};
  Seconds interval{5};
};
std::variant<DeviceResponse, Failure> read_device_answer(const HttpResponse& response,
                                                         std::string_view host);

// What is said of an answer that is none of those expected: by its status, then by its `error`.
Failure read_failure(const HttpResponse& response, std::string_view host);

// The failure as what stops a command: kRemote, or kReauthorize for kInvalidGrant.
[[noreturn]] void throw_failure(const Failure& failure);

}  // namespace tokctl::oauth
