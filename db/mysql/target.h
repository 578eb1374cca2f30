// Which server, database and user a URL means, and how far the connection is protected:
// mysql://USER:PASSWORD@HOST:PORT/DATABASE?PARAMETER=VALUE&…
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tokctl::db::mysql {

// Whether the connection is encrypted, in MySQL's own words.
enum class SslMode {
  kDisabled,
  kRequired,        // encrypted, to whomever it may be
  kVerifyIdentity,  // and to a server that proves its name
};

struct Target {
  std::string host;  // empty: a Unix socket
  std::uint16_t port = 0;
  std::string socket;  // empty: the client library's default
  std::string user;    // empty: the system's name of who runs this
  std::optional<std::string> password;
  std::string password_file;
  std::string database;
  SslMode ssl_mode = SslMode::kDisabled;
  std::string ssl_ca, ssl_cert, ssl_key;  // paths

  // For messages, fit to be printed.
  std::string name() const;    // "the database tokctl at db.example.com"
  std::string server() const;  // "the MySQL server db.example.com:3306"
  std::string role() const;    // "tokctl"
};

inline constexpr std::string_view kScheme = "mysql://";

// Everything may be percent-encoded; of a password, any of `:/?#[]@%` must be. Without a host, or
// with the host `localhost` and no port, it is the Unix socket, as for MySQL's own clients. Any
// other host than the loopback gets SslMode::kVerifyIdentity unless the URL says otherwise. Throws
// Error(kUsage, "db.url"), which repeats nothing but a parameter's name.
Target parse_url(std::string_view url);

}  // namespace tokctl::db::mysql
