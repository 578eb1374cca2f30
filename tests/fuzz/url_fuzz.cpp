// URLs and forms: what is accepted has one meaning, and no message repeats a secret or a control
// character.
#include <string>

#include "base/error.h"
#include "base/url.h"
#include "base/utf8.h"
#include "cache/redis_url.h"
#include "oauth/endpoint.h"
#include "oauth/form.h"
#include "require.h"

using namespace tokctl;

namespace {

using fuzz::require;

void require_message(const Error& error, std::string_view id) {
  require(error.id().starts_with(id) && !has_control(error.message()));
}

void form(std::string_view text) {
  const auto fields = oauth::parse_form(text);
  if (!fields) return;
  oauth::Form written;
  for (const auto& [name, value] : *fields) {
    require(utf8_length(name).has_value() && utf8_length(value).has_value());
    require(name.find('\0') == std::string::npos && value.find('\0') == std::string::npos);
    written.add(name, value);
  }
  require(oauth::parse_form(written.text().reveal()) == fields);
}

void redis(const std::string& url) {
  try {
    const cache::RedisUrl parsed = cache::parse_redis_url(url);
    require(parsed.socket.empty() != parsed.host.empty());
    require(parsed.socket.empty() || parsed.socket.front() == '/');
    for (const std::string& number : {parsed.port, parsed.database})
      require(!number.empty() && number.find_first_not_of("0123456789") == std::string::npos);
  } catch (const Error& error) {
    require_message(error, "redis.");
  }
}

void endpoint(std::string_view url) {
  try {
    const oauth::Endpoint found = oauth::check_endpoint(url, "a URL");
    require(url.size() <= oauth::kUrlMax && !found.host.empty());
    require(url.find_first_of("#\\ \t\r\n") == std::string_view::npos);
    const std::string_view rest = url.substr(url.find("//") + 2);
    require(ascii_lower(rest.substr(0, rest.find_first_of("/?"))) == found.host);
  } catch (const Error& error) {
    require_message(error, "oauth.url");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(fuzz::text_of(data, size));
  form(text);
  form("a=" + text);
  for (const char* scheme : {"", "redis://", "unix://", "unix:///"}) redis(scheme + text);
  for (const char* scheme : {"", "https://", "http://", "http://localhost"})
    endpoint(scheme + text);
  require(percent_decode(oauth::percent_encode(text).reveal()) == text);
  return 0;
}
