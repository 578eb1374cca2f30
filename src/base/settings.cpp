#include "base/settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <type_traits>
#include <utility>

#include "base/names.h"
#include "base/time_text.h"
#include "base/utf8.h"

namespace tokctl {
namespace {

using std::chrono::milliseconds;

// One kind of value each: how it is read from text, shown again, and what it says it expects.
struct Kind {
  static constexpr FileType kType = FileType::kText;
};

struct Text : Kind {
  static constexpr std::string_view kExpected = "text without control characters";
  static std::optional<std::string> parse(std::string_view text) {
    if (text.empty() || has_control(text)) return std::nullopt;
    return std::string(text);
  }
  static std::string show(const std::string& value) { return value; }
};

// What gets into a JWT, whose text is of UTF-8.
struct Name : Text {
  static constexpr std::string_view kExpected = "text of UTF-8 without control characters";
  static std::optional<std::string> parse(std::string_view text) {
    return utf8_length(text) ? Text::parse(text) : std::nullopt;
  }
};

struct Url : Text {
  static std::string show(const std::string& value) { return without_password(value); }
};

template <std::size_t Min, std::size_t Max>
struct Number : Kind {
  static constexpr FileType kType = FileType::kNumber;
  static std::optional<std::size_t> parse(std::string_view text) {
    std::size_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    if (value < Min || value > Max) return std::nullopt;
    return value;
  }
  static std::string show(std::size_t value) { return std::to_string(value); }
};

struct Count : Number<1, 200> {
  static constexpr std::string_view kExpected = "a whole number from 1 to 200";
};

struct Entries : Number<1, 10'000'000> {
  static constexpr std::string_view kExpected = "a whole number from 1 to 10000000";
};

struct Connections : Number<16, 100'000> {
  static constexpr std::string_view kExpected = "a whole number from 16 to 100000";
};

struct Threads : Number<0, 64> {
  static constexpr std::string_view kExpected = "a whole number from 0 to 64";
};

// What is cached longer than the feed remembers would be refused anyway.
struct Age : Kind {
  static constexpr std::string_view kExpected = "a time such as 60s, at most 300s";
  static std::optional<Seconds> parse(std::string_view text) {
    const auto value = parse_duration(text);
    return value && *value <= Seconds(300) ? value : std::nullopt;
  }
  static std::string show(Seconds value) { return format_duration(value); }
};

struct Timeout : Kind {
  static constexpr std::string_view kExpected = "a time such as 5s or 250ms, at most 10m";
  static std::optional<milliseconds> parse(std::string_view text) {
    const auto value = parse_timeout(text);
    return value && *value <= std::chrono::minutes(10) ? value : std::nullopt;
  }
  static std::string show(milliseconds value) { return format_timeout(value); }
};

struct Floor : Kind {
  static constexpr std::string_view kExpected = "0 or a time such as 400ms, at most 10s";
  static std::optional<milliseconds> parse(std::string_view text) {
    if (text == "0") return milliseconds(0);
    const auto value = parse_timeout(text);
    return value && *value <= std::chrono::seconds(10) ? value : std::nullopt;
  }
  static std::string show(milliseconds value) {
    return value == milliseconds(0) ? "0" : format_timeout(value);
  }
};

struct Lifetime : Kind {
  static constexpr std::string_view kExpected = "a time such as 24h or 30d";
  static std::optional<Seconds> parse(std::string_view text) { return parse_duration(text); }
  static std::string show(Seconds value) { return format_duration(value); }
};

struct Sso : Kind {
  static constexpr std::string_view kExpected = "off, user or source";
  static constexpr auto kNames = names_of<SingleSignOn>("off", "user", "source");
  static std::optional<SingleSignOn> parse(std::string_view text) { return kNames.find(text); }
  static std::string show(SingleSignOn value) { return std::string(kNames[value]); }
};

struct Level : Kind {
  static constexpr std::string_view kExpected = "error, warning, info or debug";
  static std::optional<LogLevel> parse(std::string_view text) { return kLogLevels.find(text); }
  static std::string show(LogLevel value) { return std::string(kLogLevels[value]); }
};

struct Switch : Kind {
  static constexpr FileType kType = FileType::kSwitch;
  static constexpr std::string_view kExpected = "true or false";
  static std::optional<bool> parse(std::string_view text) {
    if (text != "true" && text != "false") return std::nullopt;
    return text == "true";
  }
  static std::string show(bool value) { return value ? "true" : "false"; }
};

// What they are is judged by whoever listens.
struct Addresses : Kind {
  static constexpr std::string_view kExpected = "addresses, with a space between them";
  static std::optional<std::vector<std::string>> parse(std::string_view text) {
    if (has_control(text)) return std::nullopt;
    std::vector<std::string> addresses;
    while (!text.empty()) {
      const auto end = std::min(text.find(' '), text.size());
      if (end > 0) addresses.emplace_back(text.substr(0, end));
      text.remove_prefix(std::min(end + 1, text.size()));
    }
    if (addresses.empty()) return std::nullopt;
    return addresses;
  }
  static std::string show(const std::vector<std::string>& addresses) {
    return fmt::format("{}", fmt::join(addresses, " "));
  }
};

struct Mode : Kind {
  static constexpr std::string_view kExpected = "a mode in octal digits, such as 0660";
  static std::optional<unsigned> parse(std::string_view text) {
    if (text.size() == 4 && text.starts_with('0')) text.remove_prefix(1);
    unsigned mode = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), mode, 8);
    if (text.size() != 3 || error != std::errc{} || end != text.data() + text.size())
      return std::nullopt;
    return mode;
  }
  static std::string show(unsigned mode) { return fmt::format("{:04o}", mode); }
};

// RFC 6265 §4.1.1: a token of HTTP.
struct Cookie : Text {
  static constexpr std::string_view kExpected = "the name of a cookie";
  static std::optional<std::string> parse(std::string_view text) {
    if (!is_http_token(text)) return std::nullopt;
    return std::string(text);
  }
};

// `Never` is how "never delete" is kept; another 0 is "as soon as it has ended".
template <Seconds::rep Never>
struct Retention : Kind {
  static constexpr std::string_view kExpected = "never or a time such as 30d";
  static std::optional<Seconds> parse(std::string_view text) {
    if (text == "never") return Seconds(Never);
    if (text == "0" && Never != 0) return Seconds(0);
    return parse_duration(text);
  }
  static std::string show(Seconds value) {
    if (value == Seconds(Never)) return "never";
    return value == Seconds(0) ? "0" : format_duration(value);
  }
};
using KeptAtMost = Retention<kMaxDuration.count()>;
using KeptForEver = Retention<0>;

template <typename As, auto Field>
constexpr KnownSetting known(std::string_view name, const char* variable,
                             std::string_view flag = {},
                             std::optional<std::string> Flags::* given = nullptr) {
  return {name,
          variable,
          flag,
          given,
          std::is_same_v<As, Url>,
          As::kType,
          As::kExpected,
          [](Config& config, std::string_view text) {
            auto value = As::parse(text);
            if (!value) return false;
            Field(config) = *std::move(value);
            return true;
          },
          [](const Config& config) { return As::show(Field(config)); }};
}

// NOLINTNEXTLINE(bugprone-macro-parentheses): a member's name takes none
#define FIELD(member) [](auto& config) -> auto& { return config.member; }
constexpr KnownSetting kKnown[] = {
    known<Url, FIELD(db)>("db", "TOKCTL_DB", "--db", &Flags::db),
    known<Url, FIELD(redis)>("redis", "TOKCTL_REDIS", "--redis", &Flags::redis),
    known<Text, FIELD(key_file)>("key_file", "TOKCTL_KEY_FILE", "--key-file", &Flags::key_file),
    known<Timeout, FIELD(timeout)>("timeout", "TOKCTL_TIMEOUT", "--timeout", &Flags::timeout),
    known<Count, FIELD(pool_size)>("pool_size", "TOKCTL_POOL_SIZE"),
    known<Entries, FIELD(cache.map_entries)>("cache.map_entries", "TOKCTL_CACHE_MAP_ENTRIES"),
    known<Age, FIELD(cache.map_ttl)>("cache.map_ttl", "TOKCTL_CACHE_MAP_TTL"),
    known<Age, FIELD(cache.redis_ttl)>("cache.redis_ttl", "TOKCTL_CACHE_REDIS_TTL"),
    known<Lifetime, FIELD(cache.redis_jwk_ttl)>("cache.redis_jwk_ttl",
                                                "TOKCTL_CACHE_REDIS_JWK_TTL"),
    known<Text, FIELD(cache.redis_prefix)>("cache.redis_prefix", "TOKCTL_CACHE_REDIS_PREFIX"),
    known<Timeout, FIELD(cache.redis_timeout)>("cache.redis_timeout", "TOKCTL_CACHE_REDIS_TIMEOUT"),
    known<Addresses, FIELD(serve.listen)>("serve.listen", "TOKCTL_LISTEN"),
    known<Mode, FIELD(serve.socket_mode)>("serve.socket_mode", "TOKCTL_SOCKET_MODE",
                                          "--socket-mode", &Flags::socket_mode),
    known<Text, FIELD(serve.tls_certificate)>("serve.tls_cert", "TOKCTL_TLS_CERT", "--tls-cert",
                                              &Flags::tls_certificate),
    known<Text, FIELD(serve.tls_key)>("serve.tls_key", "TOKCTL_TLS_KEY", "--tls-key",
                                      &Flags::tls_key),
    known<Switch, FIELD(serve.insecure)>("serve.insecure", "TOKCTL_INSECURE"),
    known<Cookie, FIELD(serve.cookie)>("serve.cookie", "TOKCTL_COOKIE", "--cookie", &Flags::cookie),
    known<Connections, FIELD(serve.connections_max)>("serve.max_connections",
                                                     "TOKCTL_MAX_CONNECTIONS", "--max-connections",
                                                     &Flags::connections_max),
    known<Threads, FIELD(serve.threads)>("serve.threads", "TOKCTL_THREADS", "--threads",
                                         &Flags::threads),
    known<Level, FIELD(serve.log_level)>("serve.log_level", "TOKCTL_LOG_LEVEL", "--log-level",
                                         &Flags::log_level),
    known<Count, FIELD(policy.full_name_min)>("policy.full_name_min", "TOKCTL_FULL_NAME_MIN"),
    known<Floor, FIELD(policy.login_floor)>("policy.login_floor", "TOKCTL_LOGIN_FLOOR"),
    known<Lifetime, FIELD(policy.web_ttl)>("policy.web_ttl", "TOKCTL_WEB_TTL"),
    known<Lifetime, FIELD(policy.jwt_ttl)>("policy.jwt_ttl", "TOKCTL_JWT_TTL"),
    known<Lifetime, FIELD(policy.refresh_ttl)>("policy.refresh_ttl", "TOKCTL_REFRESH_TTL"),
    known<Lifetime, FIELD(policy.verify_ttl)>("policy.verify_ttl", "TOKCTL_VERIFY_TTL"),
    known<Name, FIELD(policy.jwt_issuer)>("policy.jwt_issuer", "TOKCTL_JWT_ISSUER"),
    known<Sso, FIELD(policy.sso)>("policy.sso", "TOKCTL_SSO"),
    known<KeptAtMost, FIELD(policy.session_retention)>("policy.session_retention",
                                                       "TOKCTL_SESSION_RETENTION"),
    known<KeptForEver, FIELD(policy.event_retention)>("policy.event_retention",
                                                      "TOKCTL_EVENT_RETENTION"),
};
#undef FIELD

}  // namespace

std::span<const KnownSetting> known_settings() { return kKnown; }

}  // namespace tokctl
