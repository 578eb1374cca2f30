#include "db/mysql/target.h"

#include <algorithm>
#include <charconv>

#include "base/error.h"
#include "base/utf8.h"

namespace tokctl::db::mysql {
namespace {

constexpr std::uint16_t kDefaultPort = 3306;
constexpr auto kNone = std::string_view::npos;

[[noreturn]] void fail(const std::string& what,
                       const char* hint = "write it as mysql://USER@HOST/DATABASE") {
  throw Error(Code::kUsage, "db.url", "the database URL " + what, hint);
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::string decoded(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      plain += text[i];
      continue;
    }
    const int high = i + 1 < text.size() ? hex_digit(text[i + 1]) : -1;
    const int low = i + 2 < text.size() ? hex_digit(text[i + 2]) : -1;
    if (high < 0 || low < 0) fail("has a % that two hexadecimal digits do not follow");
    plain += static_cast<char>(high * 16 + low);
    i += 2;
  }
  // The client library takes C strings.
  if (plain.find('\0') != kNone) fail("has a NUL in it");
  return plain;
}

// The library takes some texts for a list of hosts or for settings.
bool is_host(std::string_view text) {
  return std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '-' || c == '_' || c == ':';
  });
}

std::uint16_t port_of(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc() || end != text.data() + text.size() || port == 0) {
    fail("has no port number after its colon");
  }
  return port;
}

void set_host(Target& target, std::string_view text) {
  std::string_view port;
  if (text.starts_with('[')) {  // an IPv6 address
    const auto end = text.find(']');
    if (end == kNone) fail("has no ] after its [");
    target.host = text.substr(1, end - 1);
    port = text.substr(end + 1);
    if (!port.empty() && !port.starts_with(':')) fail("has something else than a port after its ]");
  } else {
    const auto colon = std::min(text.find(':'), text.size());
    target.host = decoded(text.substr(0, colon));
    port = text.substr(colon);
  }
  if (!is_host(target.host)) fail("has a character in its host that no host has");
  if (!port.empty()) target.port = port_of(port.substr(1));
}

SslMode ssl_mode_of(std::string_view text) {
  if (text == "disabled") return SslMode::kDisabled;
  if (text == "required") return SslMode::kRequired;
  if (text == "verify_identity") return SslMode::kVerifyIdentity;
  fail("has an ssl-mode that is not known", "disabled, required or verify_identity");
}

bool is_loopback(std::string_view host) {
  return host == "localhost" || host == "::1" ||
         (host.starts_with("127.") && host.find_first_not_of("0123456789.") == kNone);
}

struct Parameters {
  std::string ssl_mode;
};

void set_parameter(Target& target, Parameters& parameters, std::string_view text) {
  const auto equals = std::min(text.find('='), text.size());
  const std::string key = decoded(text.substr(0, equals));
  std::string* const place = key == "socket"          ? &target.socket
                             : key == "password-file" ? &target.password_file
                             : key == "ssl-mode"      ? &parameters.ssl_mode
                             : key == "ssl-ca"        ? &target.ssl_ca
                             : key == "ssl-cert"      ? &target.ssl_cert
                             : key == "ssl-key"       ? &target.ssl_key
                                                      : nullptr;
  if (place == nullptr) {
    // Not named: behind a ? in a password it is the rest of that.
    fail("has a parameter that is not known",
         "socket, password-file, ssl-mode, ssl-ca, ssl-cert or ssl-key");
  }
  if (!place->empty()) fail("has the parameter " + key + " twice");
  if (equals + 1 >= text.size()) fail("has no value for its parameter " + key);
  *place = decoded(text.substr(equals + 1));
}

void set_transport(Target& target, const Parameters& parameters) {
  if (target.host.empty() && target.port != 0) fail("names a port and no host");
  if (!target.socket.empty() && !target.host.empty() && target.host != "localhost") {
    fail("names both a socket and another host");
  }
  if (!target.socket.empty() || (target.host == "localhost" && target.port == 0)) {
    target.host.clear();
  }
  if (!target.host.empty() && target.port == 0) target.port = kDefaultPort;
  if (!parameters.ssl_mode.empty()) {
    target.ssl_mode = ssl_mode_of(parameters.ssl_mode);
  } else if (!target.host.empty() &&
             (!is_loopback(target.host) || !target.ssl_ca.empty() || !target.ssl_cert.empty())) {
    target.ssl_mode = SslMode::kVerifyIdentity;
  }
}

std::string place(const Target& target) {
  if (!target.host.empty()) {
    const bool is_v6 = target.host.find(':') != std::string::npos;
    return (is_v6 ? '[' + target.host + ']' : target.host) + ':' + std::to_string(target.port);
  }
  return target.socket.empty() ? "the default socket" : printable(target.socket);
}

}  // namespace

Target parse_url(std::string_view url) {
  Target target;
  Parameters parameters;
  url.remove_prefix(kScheme.size());
  const auto authority_end = std::min(url.find_first_of("/?#"), url.size());
  std::string_view authority = url.substr(0, authority_end);
  url.remove_prefix(authority_end);

  if (const auto at = authority.rfind('@'); at != kNone) {
    const std::string_view who = authority.substr(0, at);
    authority.remove_prefix(at + 1);
    const auto colon = std::min(who.find(':'), who.size());
    target.user = decoded(who.substr(0, colon));
    if (colon < who.size()) target.password = decoded(who.substr(colon + 1));
  }
  const auto question = std::min(url.find('?'), url.size());
  // Of a password that broke the URL with its / nothing is to be shown as a host or a database.
  if (url.substr(0, question).find('@') != kNone)
    fail("has an @ behind its host", "write an @ there, or a / in a password, as %40 and %2F");
  set_host(target, authority);

  if (url.find('#') != kNone) fail("has a # in it", "write it as %23");
  if (question > 0) target.database = decoded(url.substr(1, question - 1));
  if (target.database.empty()) fail("names no database");

  url.remove_prefix(std::min(question + 1, url.size()));
  while (!url.empty()) {
    const auto end = std::min(url.find('&'), url.size());
    set_parameter(target, parameters, url.substr(0, end));
    url.remove_prefix(std::min(end + 1, url.size()));
  }
  set_transport(target, parameters);
  return target;
}

std::string Target::name() const {
  return "the database " + printable(database) + " at " + (host.empty() ? place(*this) : host);
}

std::string Target::server() const { return "the MySQL server " + place(*this); }

std::string Target::role() const { return user.empty() ? "of this process" : printable(user); }

}  // namespace tokctl::db::mysql
