// Whatever a provider answers, reading it is total, and nothing comes out that could end a header
// or a line of a terminal. The first byte chooses the status.
#include <cstddef>
#include <cstdint>
#include <string>

#include "base/error.h"
#include "base/utf8.h"
#include "fuzz/require.h"
#include "oauth/discovery.h"
#include "oauth/endpoint.h"
#include "oauth/response.h"

namespace {

using tokctl::fuzz::require;

void require_token(std::string_view token) {
  require(token.size() <= tokctl::oauth::kTokenMax);
  for (const char c : token) require(c >= ' ' && c < 0x7f);
}

void require_message(std::string_view message) {
  require(message.size() < 200);
  require(!tokctl::has_control(message));
}

void require_life(const std::optional<tokctl::Seconds>& life) {
  if (life) require(life->count() >= 0 && *life <= std::chrono::hours(24 * 365 * 10));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  constexpr int kStatuses[] = {200, 400, 401, 429, 500};
  const std::string_view text = tokctl::fuzz::text_of(data + 1, size - 1);
  const tokctl::oauth::HttpResponse response{.status = kStatuses[data[0] % 5],
                                             .content_type = "application/json",
                                             .body = tokctl::SecretString(text),
                                             .retry_after = {}};
  const auto answer = tokctl::oauth::read_token_answer(response, "host");
  if (const auto* tokens = std::get_if<tokctl::oauth::TokenResponse>(&answer)) {
    require(!tokens->access_token.empty());
    require_token(tokens->access_token.reveal());
    require_token(tokens->refresh_token.reveal());
    require_life(tokens->expires_in);
  } else {
    require_message(std::get<tokctl::oauth::Failure>(answer).message);
  }
  const auto device = tokctl::oauth::read_device_answer(response, "host");
  if (const auto* codes = std::get_if<tokctl::oauth::DeviceResponse>(&device)) {
    require_token(codes->device_code.reveal());
    require_token(codes->user_code);
    tokctl::oauth::check_endpoint(codes->verification_uri, "uri");  // does not throw
  }
  try {
    tokctl::oauth::parse_saved_response(tokctl::SecretString(text));
  } catch (const tokctl::Error& error) {
    require_message(error.message());
  }
  try {
    tokctl::oauth::read_metadata(text, "https://example.com");
  } catch (const tokctl::Error& error) {
    require_message(error.message());
  }
  return 0;
}
