// Tokens answered by Redis, beside what hiredis alone can do there. The server is one that
// tests/servers started; pinned to one CPU with it, nothing but the work is measured.
#include <benchmark/benchmark.h>
#include <hiredis/hiredis.h>
#include <sched.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <memory>

#include "cache/redis_url.h"
#include "crypto/keyring.h"
#include "crypto/opaque_token.h"
#include "support/temp_folder.h"
#include "tokctl.h"

namespace {

using namespace tokctl;

constexpr std::int64_t kTokens = 20'000;
constexpr int kJwts = 500;
constexpr std::size_t kBatch = 256;

[[noreturn]] void fail(const char* message) {
  std::fprintf(stderr, "redis_bench: %s\n", message);
  std::exit(1);
}

std::string server_url() {
  const char* servers = std::getenv("TOKCTL_TEST_SERVERS");
  if (servers == nullptr) fail("run it by tests/with-servers");
  std::string url;
  std::ifstream file(std::string(servers) + "/redis/url");
  std::getline(file, url);
  return url.replace(url.find("DATABASE"), 8, "0");
}

// Another process has left all verdicts in Redis; this one has a map that holds a handful.
class World {
 public:
  World() {
    config_.db = "sqlite:" + (folder_ / "tokctl.db");
    config_.key_file = folder_ / "tokctl.key";
    config_.redis = server_url();
    Tokctl other = open(config_);
    const UserRef user{.email = "u@example.com", .public_id = {}};
    other.users().create({.email = user.email, .full_name = "U", .password = {}});
    other.tokens().issue_api_many(user, {.name = "bench", .scopes = {"read"}}, kTokens,
                                  [this](const SecretString& token, const TokenInfo&) {
                                    tokens_.emplace_back(token.reveal());
                                  });
    other.jwks().create(crypto::JwsAlgorithm::kHs256);
    for (int i = 0; i < kJwts; ++i)
      jwts_.emplace_back(other.tokens().issue_jwt(user, {}).token.reveal());
    other.upkeep().start([](const std::exception& error) { fail(error.what()); });
    for (const std::string& jwt : jwts_) other.tokens().principal(jwt);
    for (std::size_t at = 0; at < tokens_.size(); at += kBatch) {
      const std::vector<std::string_view> batch(
          tokens_.begin() + static_cast<std::ptrdiff_t>(at),
          tokens_.begin() + static_cast<std::ptrdiff_t>(std::min(at + kBatch, tokens_.size())));
      other.tokens().validate_all(batch);
    }
    const auto keyring = crypto::load_keyring(config_.key_file);
    const auto& key = keyring.mac_key(keyring.ids().front(), crypto::Purpose::kLookup);
    for (const std::string& token : tokens_)
      keys_.push_back("tokctl:token:" + crypto::opaque_token_digest(key, token));

    config_.cache.map_entries = 1;
    t_ = std::make_unique<Tokctl>(open(config_));
    t_->upkeep().start([](const std::exception& error) { fail(error.what()); });
  }

  auth::Tokens& asking() { return t_->tokens(); }
  const std::vector<std::string>& tokens() const { return tokens_; }
  const std::vector<std::string>& jwts() const { return jwts_; }
  const std::vector<std::string>& keys() const { return keys_; }

 private:
  test::TempFolder folder_;
  Config config_;
  std::unique_ptr<Tokctl> t_;
  std::vector<std::string> tokens_, jwts_, keys_;
};

World& world() {
  static World world;
  return world;
}

using Raw = std::unique_ptr<redisContext, decltype(&redisFree)>;
using Reply = std::unique_ptr<void, decltype(&freeReplyObject)>;

Raw open_raw() {
  const cache::RedisUrl url = cache::parse_redis_url(server_url());
  Raw redis(redisConnectUnix(url.socket.c_str()), redisFree);
  const std::string password(url.password.reveal());
  const Reply reply(redisCommand(redis.get(), "AUTH %s", password.c_str()), freeReplyObject);
  if (!reply || static_cast<redisReply*>(reply.get())->type == REDIS_REPLY_ERROR) fail("AUTH");
  return redis;
}

void check_found(benchmark::State& state, void* reply) {
  const Reply owned(reply, freeReplyObject);
  if (!owned || static_cast<redisReply*>(reply)->type != REDIS_REPLY_STRING)
    state.SkipWithError("not there");
}

void append_get(redisContext* redis, const std::string& key) {
  const char* words[] = {"GET", key.c_str()};
  const std::size_t sizes[] = {3, key.size()};
  redisAppendCommandArgv(redis, 2, words, sizes);
}

cpu_set_t cpus_at_start() {
  cpu_set_t cpus;
  if (::sched_getaffinity(0, sizeof cpus, &cpus) != 0) fail("sched_getaffinity");
  return cpus;
}
const cpu_set_t kPinned = cpus_at_start();

// Of several threads each begins elsewhere, and may run on any CPU; the server stays on its own.
std::size_t begin(const benchmark::State& state, std::size_t count) {
  cpu_set_t cpus = kPinned;
  if (state.threads() > 1) std::memset(&cpus, 0xff, sizeof cpus);
  ::sched_setaffinity(0, sizeof cpus, &cpus);
  return count / static_cast<std::size_t>(state.threads()) *
         static_cast<std::size_t>(state.thread_index());
}

void hiredis_gets(benchmark::State& state, std::size_t at_once) {
  const Raw redis = open_raw();
  const auto& keys = world().keys();
  std::size_t next = begin(state, keys.size());
  for (auto _ : state) {
    for (std::size_t i = 0; i < at_once; ++i) append_get(redis.get(), keys[next++ % keys.size()]);
    for (std::size_t i = 0; i < at_once; ++i) {
      void* reply = nullptr;
      if (redisGetReply(redis.get(), &reply) != REDIS_OK) fail("GET");
      check_found(state, reply);
    }
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(at_once));
}
void hiredis_get(benchmark::State& state) { hiredis_gets(state, 1); }
void hiredis_get_pipelined(benchmark::State& state) { hiredis_gets(state, kBatch); }

// Every answer has to have come from Redis, or something else is measured.
void check_from_redis(benchmark::State& state, const auth::CacheStats& before) {
  const auto now = world().asking().cache_stats();
  const auto answered = now.redis_hits - before.redis_hits;
  if (answered < 99 * (now.database - before.database)) state.SkipWithError("not from Redis");
}

void hits(benchmark::State& state, const std::vector<std::string>& texts) {
  auth::Tokens& tokens = world().asking();
  const auto before = tokens.cache_stats();
  std::size_t next = begin(state, texts.size());
  for (auto _ : state) {
    if (!tokens.principal(texts[next++ % texts.size()])) state.SkipWithError("refused");
  }
  check_from_redis(state, before);
  state.SetItemsProcessed(state.iterations());
}

void redis_hit(benchmark::State& state) { hits(state, world().tokens()); }
// Of which the signature was verified by whoever asked the database.
void redis_hit_of_jwt(benchmark::State& state) { hits(state, world().jwts()); }

void redis_hit_in_batches(benchmark::State& state) {
  auth::Tokens& tokens = world().asking();
  const auto before = tokens.cache_stats();
  std::size_t next = 0;
  std::vector<std::string_view> batch(kBatch);
  for (auto _ : state) {
    for (auto& token : batch) token = world().tokens()[next++ % world().tokens().size()];
    for (const Verdict& verdict : tokens.validate_all(batch)) {
      if (valid(verdict) == nullptr) state.SkipWithError("refused");
    }
  }
  check_from_redis(state, before);
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kBatch));
}

BENCHMARK(hiredis_get)->UseRealTime();
BENCHMARK(redis_hit)->UseRealTime();
BENCHMARK(hiredis_get)->Name("hiredis_get_8")->Threads(8)->UseRealTime();
BENCHMARK(redis_hit)->Name("redis_hit_8")->Threads(8)->UseRealTime();
BENCHMARK(redis_hit_of_jwt)->UseRealTime();
BENCHMARK(hiredis_get_pipelined)->UseRealTime();
BENCHMARK(redis_hit_in_batches)->UseRealTime();

}  // namespace
