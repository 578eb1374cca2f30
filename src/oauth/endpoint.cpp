#include "oauth/endpoint.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "base/utf8.h"

namespace tokctl::oauth {
namespace {

[[noreturn]] void refuse(std::string_view what, std::string_view why) {
  throw Error(Code::kUsage, "oauth.url", fmt::format("{} {}", what, why));
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// A name or IPv4 address; IPv6 in brackets.
bool is_host(std::string_view host) {
  if (host.starts_with('[')) {
    return host.size() > 4 && host.ends_with(']') &&
           host.substr(1, host.size() - 2).find_first_not_of("0123456789abcdef:.") ==
               std::string_view::npos;
  }
  return !host.empty() && host.front() != '.' && host.front() != '-' &&
         host.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789.-_") ==
             std::string_view::npos;
}

bool is_port(std::string_view port) {
  return !port.empty() && port.size() <= 5 && std::ranges::all_of(port, is_digit) &&
         std::stoi(std::string(port)) <= 65535;
}

}  // namespace

Endpoint check_endpoint(std::string_view url, std::string_view what) {
  // RFC 3986 §2 has no other characters. A backslash above all: browsers take it for a slash.
  const auto fine = [](char c) {
    return c > ' ' && c < 0x7f && std::string_view("\"<>\\^`{|}").find(c) == std::string_view::npos;
  };
  if (url.size() > kUrlMax) refuse(what, "is too long");
  if (!std::ranges::all_of(url, fine)) refuse(what, "is not a URL");
  if (url.find('#') != std::string_view::npos) refuse(what, "has a fragment");

  Endpoint endpoint;
  const std::string start = ascii_lower(url.substr(0, 8));
  endpoint.secure = start == "https://";
  if (!endpoint.secure && !start.starts_with("http://")) refuse(what, "is not an https URL");
  url.remove_prefix(endpoint.secure ? 8 : 7);
  endpoint.host = ascii_lower(url.substr(0, url.find_first_of("/?")));
  if (endpoint.host.find('@') != std::string::npos) refuse(what, "names a user");

  const std::string_view authority = endpoint.host;
  const auto colon = authority.find(':', authority.starts_with('[') ? authority.find(']') : 0);
  const std::string_view host = authority.substr(0, colon);
  if (!is_host(host)) refuse(what, "names no host");
  if (colon != std::string_view::npos && !is_port(authority.substr(colon + 1))) {
    refuse(what, "has a port that is none");
  }
  if (!endpoint.secure && host != "localhost" && host != "127.0.0.1" && host != "[::1]") {
    refuse(what, "is http: only https is safe beyond this machine");
  }
  return endpoint;
}

}  // namespace tokctl::oauth
