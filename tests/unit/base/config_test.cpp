#include "base/config.h"

#include <catch2/catch.hpp>
#include <filesystem>
#include <map>
#include <string>

#include "support/error.h"
#include "support/scratch.h"

namespace tokctl {
namespace {

using testing::error_of;
using testing::Scratch;

using Variables = std::map<std::string, std::string>;

// A world of its own: a home folder, a file to ask for, and an environment.
struct World {
  Scratch scratch;
  Variables variables = {{"HOME", scratch.path()}};
  Flags flags;

  void file(std::string_view content, mode_t mode = 0600) {
    flags.config_file = scratch.file("config.toml", content, mode);
  }
  LoadedConfig load() const {
    return load_config(flags, [this](const char* name) -> std::optional<std::string> {
      const auto found = variables.find(name);
      if (found == variables.end()) return std::nullopt;
      return found->second;
    });
  }
  Error refusal() const {
    const Error error = error_of([this] { load(); });
    CHECK(error.code() == Code::kUsage);
    CHECK(error.message().find('\n') == std::string::npos);
    return error;
  }
};

const Setting& setting(const LoadedConfig& loaded, std::string_view name) {
  for (const Setting& each : loaded.settings) {
    if (each.name == name) return each;
  }
  FAIL("no setting " << name);
  throw;
}

TEST_CASE("the defaults are what the headers say") {
  const World world;
  const LoadedConfig loaded = world.load();
  CHECK(loaded.config.db == "sqlite:" + world.scratch.path() + "/.local/share/tokctl/tokctl.db");
  CHECK(loaded.config.redis.empty());
  CHECK(loaded.config.key_file.empty());
  CHECK(loaded.config.timeout == std::chrono::seconds(5));
  CHECK(loaded.config.policy.full_name_min == 1);
  CHECK(loaded.config.policy.login_floor == std::chrono::milliseconds(400));
  CHECK(loaded.config.policy.web_ttl == std::chrono::hours(24));
  CHECK(loaded.config.policy.session_retention == std::chrono::days(30));
  CHECK(loaded.config.policy.event_retention == Seconds(0));
  CHECK(loaded.file.empty());
  CHECK(world.scratch.empty());  // nothing was made
}

TEST_CASE("every setting is listed, in one order, with its default") {
  std::string listed;
  for (const Setting& each : World().load().settings) {
    CHECK(each.origin == Origin::kDefault);
    CHECK(each.where.empty());
    if (each.name != "db") listed += each.name + "=" + each.value + " ";
  }
  CHECK(listed ==
        "redis= key_file= timeout=5s pool_size=16 cache.map_entries=100000 cache.map_ttl=1m "
        "cache.redis_ttl=5m cache.redis_jwk_ttl=1d cache.redis_prefix=tokctl: "
        "cache.redis_timeout=100ms "
        "serve.listen= serve.socket_mode=0660 serve.tls_cert= serve.tls_key= serve.insecure=false "
        "serve.cookie= serve.max_connections=2048 serve.threads=0 serve.log_level=info "
        "policy.full_name_min=1 policy.login_floor=400ms "
        "policy.web_ttl=1d policy.jwt_ttl=1h policy.refresh_ttl=1w policy.verify_ttl=30m "
        "policy.jwt_issuer=tokctl policy.sso=off policy.session_retention=30d "
        "policy.event_retention=never ");
}

TEST_CASE("a file sets everything") {
  World world;
  world.file(
      "db = 'sqlite:/x.db'\nredis = \"redis://r\"\nkey_file = '/k'\ntimeout = '250ms'\npool_size = "
      "4\n"
      "[cache]\nmap_entries = 7\nmap_ttl = '2s'\nredis_ttl = '3s'\nredis_jwk_ttl = "
      "'2h'\nredis_prefix = 'p'\n"
      "redis_timeout = '4ms'\n"
      "[serve]\nlisten = 'unix:/s  [::1]:80 '\nsocket_mode = '0600'\ntls_cert = '/c'\n"
      "tls_key = '/k'\ninsecure = true\ncookie = 'sid'\nmax_connections = 16\n"
      "threads = 3\n"
      "log_level = 'debug'\n"
      "[policy]\nfull_name_min = 8\nlogin_floor = '1s'\nweb_ttl = '12h'\n"
      "jwt_ttl = '5m'\nrefresh_ttl = '14d'\nverify_ttl = '1h'\njwt_issuer = 'https://id'\n"
      "sso = 'source'\n"
      "session_retention = '7d'\nevent_retention = '365d'\n",
      0644);
  const LoadedConfig loaded = world.load();
  CHECK(loaded.config.db == "sqlite:/x.db");
  CHECK(loaded.config.redis == "redis://r");
  CHECK(loaded.config.key_file == "/k");
  CHECK(loaded.config.timeout == std::chrono::milliseconds(250));
  CHECK(loaded.config.pool_size == 4);
  CHECK(loaded.config.cache.map_entries == 7);
  CHECK(loaded.config.cache.map_ttl == Seconds(2));
  CHECK(loaded.config.cache.redis_ttl == Seconds(3));
  CHECK(loaded.config.cache.redis_jwk_ttl == std::chrono::hours(2));
  CHECK(loaded.config.cache.redis_prefix == "p");
  CHECK(loaded.config.cache.redis_timeout == std::chrono::milliseconds(4));
  CHECK(loaded.config.serve.listen == std::vector<std::string>{"unix:/s", "[::1]:80"});
  CHECK(loaded.config.serve.socket_mode == 0600);
  CHECK(loaded.config.serve.tls_certificate == "/c");
  CHECK(loaded.config.serve.tls_key == "/k");
  CHECK(loaded.config.serve.insecure);
  CHECK(loaded.config.serve.cookie == "sid");
  CHECK(loaded.config.serve.connections_max == 16);
  CHECK(loaded.config.serve.threads == 3);
  CHECK(loaded.config.serve.log_level == LogLevel::kDebug);
  CHECK(loaded.config.policy.full_name_min == 8);
  CHECK(loaded.config.policy.login_floor == std::chrono::seconds(1));
  CHECK(loaded.config.policy.web_ttl == std::chrono::hours(12));
  CHECK(loaded.config.policy.jwt_ttl == std::chrono::minutes(5));
  CHECK(loaded.config.policy.refresh_ttl == std::chrono::days(14));
  CHECK(loaded.config.policy.verify_ttl == std::chrono::hours(1));
  CHECK(loaded.config.policy.jwt_issuer == "https://id");
  CHECK(loaded.config.policy.sso == SingleSignOn::kSource);
  CHECK(loaded.config.policy.session_retention == std::chrono::days(7));
  CHECK(loaded.config.policy.event_retention == std::chrono::days(365));
  CHECK(loaded.file == *world.flags.config_file);
  for (const Setting& each : loaded.settings) {
    CHECK(each.origin == Origin::kFile);
    CHECK(each.where == loaded.file);
  }
}

TEST_CASE("the environment sets everything") {
  World world;
  world.variables.insert({{"TOKCTL_DB", "sqlite:/e.db"},
                          {"TOKCTL_REDIS", "redis://e"},
                          {"TOKCTL_KEY_FILE", "/e"},
                          {"TOKCTL_TIMEOUT", "1s"},
                          {"TOKCTL_POOL_SIZE", "5"},
                          {"TOKCTL_CACHE_MAP_ENTRIES", "10"},
                          {"TOKCTL_CACHE_MAP_TTL", "11s"},
                          {"TOKCTL_CACHE_REDIS_TTL", "12s"},
                          {"TOKCTL_CACHE_REDIS_JWK_TTL", "14h"},
                          {"TOKCTL_CACHE_REDIS_PREFIX", "t:"},
                          {"TOKCTL_CACHE_REDIS_TIMEOUT", "13ms"},
                          {"TOKCTL_LISTEN", "[::]:0"},
                          {"TOKCTL_SOCKET_MODE", "666"},
                          {"TOKCTL_TLS_CERT", "/tc"},
                          {"TOKCTL_TLS_KEY", "/tk"},
                          {"TOKCTL_INSECURE", "true"},
                          {"TOKCTL_COOKIE", "id"},
                          {"TOKCTL_MAX_CONNECTIONS", "100000"},
                          {"TOKCTL_THREADS", "7"},
                          {"TOKCTL_LOG_LEVEL", "error"},
                          {"TOKCTL_FULL_NAME_MIN", "2"},
                          {"TOKCTL_LOGIN_FLOOR", "2s"},
                          {"TOKCTL_WEB_TTL", "3h"},
                          {"TOKCTL_JWT_TTL", "4h"},
                          {"TOKCTL_REFRESH_TTL", "5h"},
                          {"TOKCTL_VERIFY_TTL", "6h"},
                          {"TOKCTL_JWT_ISSUER", "us"},
                          {"TOKCTL_SSO", "user"},
                          {"TOKCTL_SESSION_RETENTION", "4d"},
                          {"TOKCTL_EVENT_RETENTION", "5d"}});
  const LoadedConfig loaded = world.load();
  std::string listed;
  for (const Setting& each : loaded.settings) {
    CHECK(each.origin == Origin::kEnvironment);
    CHECK(world.variables.contains(each.where));
    listed += each.value + " ";
  }
  CHECK(listed ==
        "sqlite:/e.db redis://e /e 1s 5 10 11s 12s 14h t: 13ms [::]:0 0666 /tc /tk true id 100000 "
        "7 error "
        "2 2s 3h 4h 5h 6h us user 4d 5d ");
}

TEST_CASE("flag beats environment beats file beats default") {
  World world;
  world.file("timeout = '1s'\n");
  CHECK(world.load().config.timeout == std::chrono::seconds(1));
  world.variables["TOKCTL_TIMEOUT"] = "2s";
  CHECK(world.load().config.timeout == std::chrono::seconds(2));
  CHECK(setting(world.load(), "timeout").where == "TOKCTL_TIMEOUT");
  world.flags.timeout = "3s";
  const LoadedConfig loaded = world.load();
  CHECK(loaded.config.timeout == std::chrono::seconds(3));
  CHECK(setting(loaded, "timeout").origin == Origin::kFlag);
  CHECK(setting(loaded, "timeout").where == "--timeout");

  world.flags.db = "sqlite:/f.db";
  world.flags.redis = "redis://f";
  world.flags.key_file = "/f";
  world.flags.cookie = "fid";
  CHECK(world.load().config.db == "sqlite:/f.db");
  CHECK(setting(world.load(), "db").where == "--db");
  CHECK(setting(world.load(), "redis").where == "--redis");
  CHECK(setting(world.load(), "key_file").where == "--key-file");
  CHECK(world.load().config.serve.cookie == "fid");
}

TEST_CASE("an empty variable is not set, an empty flag is wrong") {
  World world;
  for (const char* name : {"TOKCTL_DB", "TOKCTL_TIMEOUT", "TOKCTL_CONFIG", "XDG_DATA_HOME"}) {
    world.variables[name] = "";
  }
  CHECK(setting(world.load(), "timeout").origin == Origin::kDefault);
  world.flags.db = "";
  CHECK(world.refusal().message().starts_with("--db: expected"));
}

TEST_CASE("the file is looked for in its places, one after the other") {
  World world;
  std::filesystem::create_directories(world.scratch / ".config/tokctl");
  std::filesystem::create_directories(world.scratch / "xdg/tokctl");
  world.scratch.file(".config/tokctl/config.toml", "timeout = '1s'");
  CHECK(world.load().config.timeout == std::chrono::seconds(1));
  world.variables["XDG_CONFIG_HOME"] = "relative";  // the specification: "must be absolute"
  CHECK(world.load().config.timeout == std::chrono::seconds(1));
  world.variables["XDG_CONFIG_HOME"] = world.scratch / "xdg";
  CHECK(world.load().file.empty());
  world.scratch.file("xdg/tokctl/config.toml", "timeout = '2s'");
  CHECK(world.load().config.timeout == std::chrono::seconds(2));
  world.variables["TOKCTL_CONFIG"] = world.scratch.file("variable.toml", "timeout = '3s'");
  CHECK(world.load().config.timeout == std::chrono::seconds(3));
  world.flags.config_file = world.scratch.file("flag.toml", "timeout = '4s'");
  CHECK(world.load().config.timeout == std::chrono::seconds(4));
}

TEST_CASE("a file that was asked for has to be there") {
  World world;
  world.variables["TOKCTL_CONFIG"] = world.scratch / "absent.toml";
  CHECK(world.refusal().message() == world.scratch.path() + "/absent.toml does not exist");
  world.flags.config_file = world.scratch / "gone.toml";
  CHECK(world.refusal().message() == world.scratch.path() + "/gone.toml does not exist");
}

TEST_CASE("the file has to be a regular one of at most 64 KiB") {
  World world;
  world.file("#" + std::string(64 * 1024 - 1, 'x'));
  CHECK(world.load().file == *world.flags.config_file);
  world.file("#" + std::string(64 * 1024, 'x'));
  CHECK(world.refusal().message() == *world.flags.config_file + " is larger than 65536 bytes");
  world.flags.config_file = world.scratch.path();
  CHECK(world.refusal().message() == world.scratch.path() + " is not a regular file");
}

TEST_CASE("an unknown key is refused by file and line") {
  World world;
  world.file("timeout = '1s'\n\ntimeuot = 'hunter2'\n");
  const std::string path = *world.flags.config_file;
  CHECK(world.refusal().message() == path + ", line 3: unknown key timeuot");
  world.file("[policy]\nweb_tll = '1h'\n");
  CHECK(world.refusal().message() == path + ", line 2: unknown key policy.web_tll");
  world.file("[databse]\ndb = 'x'\n");
  CHECK(world.refusal().message() == path + ", line 1: unknown key databse");
  world.file("policy.web_ttl.x = '1h'\n");
  CHECK(world.refusal().id() == "config.value");
  world.file("'policy.web_ttl' = '1h'\n");
  CHECK(world.load().config.policy.web_ttl == std::chrono::hours(1));
  world.file("\"a\\nb\" = 1\n");
  CHECK(world.refusal().message() == path + ", line 1: unknown key a\\x0ab");
  world.file("'" + std::string(60000, 'k') + "' = 1\n");
  CHECK(world.refusal().message().size() < path.size() + 100);
}

TEST_CASE("a wrong value is refused and not repeated") {
  const std::string line = GENERATE(
      as<std::string>{}, "timeout = 'hunter2'", "timeout = 5", "timeout = '0s'", "timeout = '11m'",
      "timeout = '-1s'", "timeout = true", "timeout = 1.5", "timeout = ['1s']",
      "timeout = 1979-05-27", "timeout = {a=1}", "timeout = 'never'", "db = 5", "db = ''",
      "db = \"a\\u0000b\"", "db = \"a\\nb\"", "key_file = ''", "redis = false",
      "policy = 'hunter2'", "policy.full_name_min = '8'", "policy.full_name_min = 0",
      "policy.full_name_min = -1", "policy.full_name_min = 201", "pool_size = 0", "pool_size = '4'",
      "policy.full_name_min = 9223372036854775807", "policy.full_name_min = 1.0",
      "policy.login_floor = '11s'", "policy.login_floor = 0", "policy.web_ttl = 'never'",
      "policy.web_ttl = '0'", "policy.web_ttl = '365001d'", "policy.event_retention = 'ever'",
      "policy.event_retention = '0'", "policy.session_retention = ''", "serve.listen = ''",
      "serve.listen = ' '", "serve.listen = ['unix:/x']", "serve.socket_mode = 660",
      "serve.socket_mode = '1777'", "serve.socket_mode = '00660'", "serve.socket_mode = '668'",
      "serve.socket_mode = '-66'", "serve.socket_mode = '66'", "serve.insecure = 'true'",
      "serve.insecure = 1", "serve.cookie = 'a=b'", "serve.cookie = true", "serve.tls_key = ''",
      "serve.max_connections = 15", "serve.max_connections = 100001",
      "serve.max_connections = '2048'", "serve.threads = -1", "serve.threads = 65",
      "serve.threads = '3'", "serve.log_level = 'loud'");
  World world;
  world.file("\n" + line + "\n");
  CAPTURE(line);
  const Error error = world.refusal();
  CHECK(error.message().starts_with(*world.flags.config_file + ", line 2: "));
  CHECK(error.message().find("hunter2") == std::string::npos);
}

TEST_CASE("bounds belong to what is allowed") {
  World world;
  world.file(
      "timeout = '10m'\n[policy]\nfull_name_min = 200\nlogin_floor = '10s'\nweb_ttl = '365000d'\n");
  CHECK(world.load().config.policy.full_name_min == 200);
}

TEST_CASE("never and 0 mean what they say") {
  World world;
  world.file("[policy]\nlogin_floor='0'\nsession_retention='never'\nevent_retention='never'\n");
  LoadedConfig loaded = world.load();
  CHECK(loaded.config.policy.login_floor == std::chrono::milliseconds(0));
  CHECK(loaded.config.policy.session_retention > std::chrono::days(300'000));
  CHECK(loaded.config.policy.event_retention == Seconds(0));
  CHECK(setting(loaded, "policy.login_floor").value == "0");
  CHECK(setting(loaded, "policy.session_retention").value == "never");
  CHECK(setting(loaded, "policy.event_retention").value == "never");
  world.file("[policy]\nsession_retention='0'\n");
  loaded = world.load();
  CHECK(loaded.config.policy.session_retention == Seconds(0));
  CHECK(setting(loaded, "policy.session_retention").value == "0");
}

TEST_CASE("what is not TOML is refused by line, without a quotation") {
  const std::string text =
      GENERATE(as<std::string>{}, "\nhunter2", "\ndb = hunter2", "\ndb = 'hunter2",
               "\ndb = 'a' 'hunter2'", "\n[hunter2", "\n[;hunter2]", "\n[[,hunter2]]",
               "\ndb = 'a'\ndb = 'hunter2'", "\ndb = \"\\hunter2\"", "\n\xff\xfe hunter2");
  World world;
  world.file(text);
  CAPTURE(text);
  const Error error = world.refusal();
  CHECK(error.message().starts_with(*world.flags.config_file + ", line "));
  CHECK(error.message().ends_with(": not valid TOML"));
}

TEST_CASE("text beyond ASCII is for comments and strings") {
  World world;
  world.file(
      "\xEF\xBB\xBF# \u00E9\u6F22\U0001F600\ndb = 'sqlite:/\u00E9/\U00010080'\n"
      "key_file = \"/\\u00e9\u6F22\"\nredis = \"\"\"\\\n\u00A7\"\"\"\n");
  CHECK(world.load().config.db == "sqlite:/\u00E9/\U00010080");
  CHECK(world.load().config.key_file == "/\u00E9\u6F22");
  CHECK(world.load().config.redis == "\u00A7");
  for (const char* text :
       {"\u00E9 = 1", "db = \u00E9", "db = \u201Cx\u201D", "\u00A0db = 'x'", "db\uFEFE= 'x'",
        "db = 'x'\u3000", "db = '\xE9'", "# \xE9", "db = \"\\U00010080\"", "\u2028db = 'x'"}) {
    CAPTURE(text);
    world.file(text);
    CHECK(world.refusal().id() == "config.syntax");
  }
  world.file("'\u00E9' = 1");
  CHECK(world.refusal().message() == *world.flags.config_file + ", line 1: unknown key \u00E9");
}

TEST_CASE("nesting has an end") {
  World world;
  world.file("db = " + std::string(30000, '['));
  CHECK(world.refusal().id() == "config.syntax");
  // A dotted key opens a table in a table in a table.
  std::string deep = "a";
  for (int i = 0; i < 32000; ++i) deep += ".a";
  for (const std::string& text : {deep + " = 1", "[" + deep + "]", "x = {" + deep + " = 1}"}) {
    world.file("# comment\n" + text + "\n");
    CHECK(world.refusal().message() == *world.flags.config_file + ", line 2: not valid TOML");
  }
  world.file(" # " + deep + "\ntimeout = '1s'\n");
  CHECK(world.load().config.timeout == std::chrono::seconds(1));
}

TEST_CASE("an issuer is text that a JWT can hold") {
  World world;
  for (const char* issuer : {"\xff", "a\xED\xA0\x80", "\xC3"}) {
    world.variables["TOKCTL_JWT_ISSUER"] = issuer;
    CHECK(world.refusal().message() ==
          "TOKCTL_JWT_ISSUER: expected text of UTF-8 without control characters");
  }
  world.variables["TOKCTL_JWT_ISSUER"] = "\u00E9";
  CHECK(world.load().config.policy.jwt_issuer == "\u00E9");
}

TEST_CASE("a wrong variable or flag is named and not repeated") {
  World world;
  world.variables["TOKCTL_TIMEOUT"] = "hunter2";
  CHECK(world.refusal().message() ==
        "TOKCTL_TIMEOUT: expected a time such as 5s or 250ms, at most 10m");
  world.flags.timeout = "1s";  // outranks, but what is wrong stays wrong
  CHECK(world.refusal().message().starts_with("TOKCTL_TIMEOUT"));
  world.variables.erase("TOKCTL_TIMEOUT");
  world.flags.timeout = "hunter2\n";
  CHECK(world.refusal().message() == "--timeout: expected a time such as 5s or 250ms, at most 10m");
}

TEST_CASE("a password in an argument is refused, naming the ways out") {
  World world;
  world.flags.db = "postgres://u:hunter2@h/t";
  Error error = world.refusal();
  CHECK(error.id() == "config.password");
  CHECK(error.message().starts_with("--db: "));
  CHECK(error.message().find("hunter2") == std::string::npos);
  CHECK(error.hint() ==
        "use TOKCTL_DB, a config file of mode 0600 or the client's own password file");
  world.flags.db = "postgres://u@h/t?password=hunter2";
  CHECK(world.refusal().id() == "config.password");
  world.flags.db.reset();
  world.flags.redis = "redis://:hunter2@h";
  error = world.refusal();
  CHECK(error.message().starts_with("--redis: "));
  CHECK(error.hint().starts_with("use TOKCTL_REDIS"));
}

TEST_CASE("a password in the environment or in a private file is taken, and shown as stars") {
  World world;
  world.variables["TOKCTL_DB"] = "postgres://u:hunter2@h/t";
  LoadedConfig loaded = world.load();
  CHECK(loaded.config.db == "postgres://u:hunter2@h/t");
  CHECK(setting(loaded, "db").value == "postgres://u:***@h/t");
  world.variables.erase("TOKCTL_DB");
  world.file("redis = 'redis://:hunter2@h'", 0600);
  loaded = world.load();
  CHECK(loaded.config.redis == "redis://:hunter2@h");
  CHECK(setting(loaded, "redis").value == "redis://:***@h");
}

TEST_CASE("a password in a file that others may read is refused") {
  for (const mode_t mode : {0640U, 0604U, 0644U}) {
    World world;
    world.file("\ndb = 'postgres://u:hunter2@h/t'", mode);
    world.flags.db = "sqlite:/x.db";  // outranked, but exposed all the same
    const Error error = world.refusal();
    const std::string path = *world.flags.config_file;
    CHECK(error.id() == "config.password");
    CHECK(error.message() == path + ", line 2: a password in a file that others may read");
    CHECK(error.hint() == "chmod 600 " + path);
  }
}

TEST_CASE("the data folder needs a home") {
  World world;
  world.variables = {{"XDG_DATA_HOME", "/data"}};
  CHECK(world.load().config.db == "sqlite:/data/tokctl/tokctl.db");
  world.variables = {{"XDG_DATA_HOME", "data"}, {"HOME", "/home/u"}};
  CHECK(world.load().config.db == "sqlite:/home/u/.local/share/tokctl/tokctl.db");
  world.variables = {{"XDG_DATA_HOME", "data"}};
  CHECK(world.refusal().id() == "config.home");
  world.flags.db = "sqlite:/x.db";  // then it is not asked for
  CHECK(world.load().config.db == "sqlite:/x.db");
}

TEST_CASE("the system's environment is the process's") {
  ::setenv("TOKCTL_UNIT_TEST", "yes", 1);
  CHECK(system_environment()("TOKCTL_UNIT_TEST") == "yes");
  ::unsetenv("TOKCTL_UNIT_TEST");
  CHECK_FALSE(system_environment()("TOKCTL_UNIT_TEST"));
}

}  // namespace
}  // namespace tokctl
