// What an operator can set, and where each value came from.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/names.h"
#include "base/url.h"  // without_password: how a URL in here is shown

namespace tokctl {

// Which of a user's other sessions of its kind a new one ends, unasked.
enum class SingleSignOn { kOff, kUser, kSource };  // none; all; those of the same source

// The rules a deployment may tune. Defaults are the recommended values.
struct Policy {
  std::size_t full_name_min = 1;                  // characters
  std::chrono::milliseconds login_floor{400};     // no login answers sooner
  Seconds web_ttl = std::chrono::hours(24);       // life of a web token without --ttl
  Seconds jwt_ttl = std::chrono::hours(1);        // life of a JWT
  Seconds refresh_ttl = std::chrono::days(7);     // life of a family of refresh tokens
  Seconds verify_ttl = std::chrono::minutes(30);  // life of a verification
  std::string jwt_issuer = "tokctl";              // `iss`, written and wanted
  SingleSignOn sso = SingleSignOn::kOff;
  Seconds session_retention = std::chrono::days(30);  // how long gc keeps what has ended
  Seconds event_retention{0};  // how long gc keeps events; 0 keeps them for ever
};

// What a program that runs on may remember of verdicts.
struct CacheConfig {
  std::size_t map_entries = 100'000;           // in memory
  Seconds map_ttl = std::chrono::seconds(60);  // how long each
  Seconds redis_ttl = std::chrono::seconds(300);
  Seconds redis_jwk_ttl = std::chrono::hours(24);
  std::string redis_prefix = "tokctl:";          // of every key there
  std::chrono::milliseconds redis_timeout{100};  // of one request, from connecting on
};

enum class LogLevel { kError, kWarning, kInfo, kDebug };
inline constexpr auto kLogLevels = names_of<LogLevel>("error", "warning", "info", "debug");

// How `tokctl serve` is reached. No other program looks at it.
struct ServeConfig {
  // Each unix:PATH or HOST:PORT. None: the sockets that systemd passed or, without any,
  // 127.0.0.1:8181.
  std::vector<std::string> listen;
  unsigned socket_mode = 0660;           // of a Unix socket
  std::string tls_certificate, tls_key;  // files of PEM; both or neither
  bool insecure = false;                 // other machines may connect without TLS
  std::string cookie;  // whose value is taken for a token where no header has one; or empty
  std::size_t connections_max = 2048;  // at a time
  std::size_t threads = 0;  // that serve the connections of each address; 0: half the CPUs
  LogLevel log_level = LogLevel::kInfo;
};

// Everything `tokctl::open` needs. A program fills it by hand; the command line by load_config.
struct Config {
  std::string db;                           // URL: sqlite:PATH; others through a driver module
  std::string redis;                        // URL, or empty: no Redis
  std::string key_file;                     // empty: where the design's search order finds it
  std::chrono::milliseconds timeout{5000};  // databases and caches: connect, statement, lock
  std::size_t pool_size = 16;               // connections to the database at a time
  std::string actor = "library";            // who the audit log says did it
  bool create = true;                       // a missing SQLite database is made on first use
  bool upgrade = true;                      // an older SQLite database is brought up to date
  bool dry_run = false;                     // every change is rolled back
  Policy policy;
  CacheConfig cache;
  ServeConfig serve;
  // Told, in a line, what was set up unasked; may be empty.
  std::function<void(std::string_view)> notice;
  // Told of each database operation; may be empty.
  std::function<void(std::string_view, std::chrono::nanoseconds)> trace;
};

// Where a setting's value came from.
enum class Origin { kDefault, kFile, kEnvironment, kFlag };

struct Setting {
  std::string name;   // as in the file: "db", "policy.web_ttl"
  std::string value;  // as shown: a password inside a URL is replaced by ***
  Origin origin;
  std::string where;  // the file's path, the variable's name or the flag
};

// How the environment is read; a test passes its own.
using Environment = std::function<std::optional<std::string>(const char*)>;
Environment system_environment();

// What the command line said, to rank above all else. Empty means not given.
struct Flags {
  std::optional<std::string> config_file, db, redis, key_file, timeout;
  std::optional<std::string> socket_mode, tls_certificate, tls_key, cookie, connections_max,
      threads, log_level;  // of `serve`
};

struct LoadedConfig {
  Config config;
  std::vector<Setting> settings;  // every known setting, in a stable order
  std::string file;               // the file read, or empty
};

// Flag beats environment beats file beats default. The environment: TOKCTL_DB, TOKCTL_REDIS,
// TOKCTL_KEY_FILE, TOKCTL_TIMEOUT, TOKCTL_WEB_TTL ...; an empty variable counts as not set. The
// file:
// --config or TOKCTL_CONFIG, else $XDG_CONFIG_HOME/tokctl/config.toml, else
// /etc/tokctl/config.toml. Every value given is checked, also one that another outranks.
//
// Throws Code::kUsage for an unknown key, a value of the wrong type or out of bounds, a file that
// is not TOML (naming file and line, never echoing the value), and a URL with a password from a
// flag or from a file that others may read.
LoadedConfig load_config(const Flags& flags, const Environment& environment);

// Throws Error(kUsage, "config.password") when there is a password in a URL from the command line;
// `instead` says where it may be.
void refuse_password(std::string_view flag, std::string_view url, std::string_view instead);

// Throws what load_config would for the flags by themselves: for a program that may not need the
// rest.
void check_flags(const Flags& flags);

// $XDG_DATA_HOME/tokctl, or ~/.local/share/tokctl. Throws Code::kUsage when neither is known.
std::string data_folder(const Environment& environment);

}  // namespace tokctl
