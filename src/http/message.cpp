#include "http/message.h"

#include <fmt/format.h>
#include <strings.h>

#include <algorithm>

namespace tokctl::http {

bool same_name(std::string_view a, std::string_view b) {
  return a.size() == b.size() && strncasecmp(a.data(), b.data(), a.size()) == 0;
}

std::string_view Request::header(std::string_view name) const {
  const auto found = std::ranges::find_if(
      headers, [&](const auto& header) { return same_name(header.first, name); });
  return found != headers.end() ? found->second : std::string_view();
}

std::size_t Request::count(std::string_view name) const {
  return static_cast<std::size_t>(std::ranges::count_if(
      headers, [&](const auto& header) { return same_name(header.first, name); }));
}

Response refusal(int status, std::string_view error) {
  return {.status = status,
          .headers = {},
          .body = fmt::format("{{\"error\":\"{}\"}}\n", error),
          .reason = {}};
}

Response challenge(int status, std::string_view error, std::string wanted) {
  Response response = refusal(status, error);
  response.headers = {{"WWW-Authenticate", std::move(wanted)}, {"Cache-Control", "no-store"}};
  return response;
}

}  // namespace tokctl::http
