#include "db/postgres/target.h"

#include <libpq-fe.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <new>
#include <unordered_map>

#include "base/utf8.h"
#include "db/postgres/error.h"

namespace tokctl::db::postgres {
namespace {

using Options = std::unordered_map<std::string, std::string>;

// Debian's bundle of the authorities that everybody trusts. libpq itself knows none before its
// version 16.
constexpr const char* kSystemAuthorities = "/etc/ssl/certs/ca-certificates.crt";

// The options that have a value.
Options take(PQconninfoOption* list) {
  const std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> owned(list, PQconninfoFree);
  Options options;
  for (const PQconninfoOption* option = list; option != nullptr && option->keyword != nullptr;
       ++option) {
    if (option->val != nullptr && *option->val != '\0') options[option->keyword] = option->val;
  }
  return options;
}

// What the URL itself says.
Options written(const std::string& url) {
  char* message = nullptr;
  PQconninfoOption* list = PQconninfoParse(url.c_str(), &message);
  PQfreemem(message);
  if (list == nullptr) fail_url();
  return take(list);
}

// What holds when environment, service and defaults have been added. Only a connection tells, so
// one is begun that fails before it looks for a server: by an impossible option. The password keeps
// it from reading the password file, whose complaints would then be printed twice.
Options effective(const std::string& url) {
  const char* const keywords[] = {"dbname", "password", "channel_binding", nullptr};
  const char* const values[] = {url.c_str(), "-", "impossible", nullptr};
  const std::unique_ptr<PGconn, decltype(&PQfinish)> probe(
      PQconnectStartParams(keywords, values, 1), PQfinish);
  if (!probe) throw std::bad_alloc();
  if (std::string_view(PQerrorMessage(probe.get())).find("channel_binding") ==
      std::string_view::npos) {
    fail_url();  // an unknown service, or as many ports as there are no hosts
  }
  return take(PQconninfo(probe.get()));
}

std::vector<std::string_view> split(std::string_view list) {
  std::vector<std::string_view> items;
  for (;;) {
    const std::size_t comma = list.find(',');
    items.push_back(list.substr(0, comma));
    if (comma == std::string_view::npos) return items;
    list.remove_prefix(comma + 1);
  }
}

// Whether libpq would take the rest of a password for a host or a database, look that up and have
// it named in messages: a bare @ or / in a password is where it ends for libpq.
bool breaks_off(std::string_view url) {
  std::string_view rest = url.substr(url.find("://") + 3);
  const std::size_t end = rest.find_first_of("@/");
  if (end != std::string_view::npos && rest[end] == '@') rest.remove_prefix(end + 1);
  return rest.substr(0, rest.find('?')).find('@') != std::string_view::npos;
}

// Reached without a network: an empty host is the default socket, a path or @name another one.
bool is_local(std::string_view host) {
  return host.empty() || host.starts_with('/') || host.starts_with('@') || host == "localhost" ||
         host.starts_with("127.") || host == "::1";
}

bool has_own_authorities() {
  const char* home = std::getenv("HOME");
  return home != nullptr &&
         access((std::string(home) + "/.postgresql/root.crt").c_str(), F_OK) == 0;
}

std::string value_of(const Options& options, const char* keyword, const char* otherwise = "") {
  const auto found = options.find(keyword);
  return found != options.end() ? found->second : otherwise;
}

}  // namespace

Target read_target(std::string_view url, std::chrono::milliseconds timeout) {
  const std::string text(url);
  if (text.find('\0') != std::string::npos || breaks_off(text)) fail_url();
  const Options said = written(text);
  const Options options = effective(text);
  Target target;

  const std::string hosts = value_of(options, "host", value_of(options, "hostaddr").c_str());
  const std::string addresses = value_of(options, "hostaddr", hosts.c_str());
  const auto reached = split(addresses);
  std::string sslmode = value_of(options, "sslmode");
  // "prefer" is libpq's default too, and then nobody has chosen it.
  const bool chosen =
      said.contains("sslmode") || std::getenv("PGSSLMODE") != nullptr || sslmode != "prefer";
  if (!chosen && !std::ranges::all_of(reached, is_local)) {
    sslmode = "verify-full";
    target.parameters.emplace_back("sslmode", sslmode);
  }
  if (sslmode.starts_with("verify") && !options.contains("sslrootcert") && !has_own_authorities()) {
    target.parameters.emplace_back("sslrootcert", kSystemAuthorities);
  }
  target.tls_refused = sslmode == "disable";
  for (const std::string_view host : reached) {
    if (!is_local(host)) target.names.emplace_back(host);
  }

  // A peer that has vanished answers neither data nor a first greeting; of several, each has its
  // share of the time.
  if (!options.contains("tcp_user_timeout") || options.at("tcp_user_timeout") == "0") {
    target.parameters.emplace_back(
        "tcp_user_timeout", std::to_string(std::max<std::int64_t>(
                                1, timeout.count() / static_cast<std::int64_t>(reached.size()))));
  }
  for (const auto& [keyword, value] :
       {std::pair("keepalives_idle", "30"), std::pair("keepalives_interval", "10"),
        std::pair("keepalives_count", "3")}) {
    if (!options.contains(keyword)) target.parameters.emplace_back(keyword, value);
  }
  target.parameters.emplace_back("fallback_application_name", "tokctl");
  target.parameters.emplace_back("dbname", text);
  target.parameters.emplace_back("client_encoding", "UTF8");

  const std::string place = printable(hosts.empty() ? "the default socket" : hosts);
  target.role = printable(value_of(options, "user"));
  target.database = printable(value_of(options, "dbname", value_of(options, "user").c_str()));
  target.name = "the database " + target.database + " at " + place;
  target.server = "the PostgreSQL server " + place + ":" + printable(value_of(options, "port"));
  return target;
}

}  // namespace tokctl::db::postgres
