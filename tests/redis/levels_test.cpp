// Verdicts shared through Redis: whatever Redis does, or somebody does to it, no dead token lives.
#include <sys/wait.h>

#include <catch2/catch.hpp>
#include <random>

#include "redis/server.h"
#include "unit/auth/fixture.h"

using namespace tokctl;
using namespace tokctl::test;
using testing::Admin;
using testing::redis_url;

namespace {

// Two processes on one database and one Redis.
struct Shared : Fixture {
  explicit Shared(const std::string& url = redis_url())
      : redis(url), bill(user()), here(process()), there(process()) {}

  std::unique_ptr<Tokctl> process() {
    Config with_redis = config();
    with_redis.redis = redis;
    with_redis.cache.redis_timeout = std::chrono::seconds(2);
    auto made = std::make_unique<Tokctl>(open(with_redis, clock, random));
    made->upkeep().tick();
    return made;
  }
  auth::IssuedApi issue_api(const auth::IssueApi& request = {}) {
    auto issued = t->tokens().issue_api(by_id(bill), request);
    here->upkeep().tick();
    there->upkeep().tick();
    return issued;
  }
  static bool accepts(Tokctl& process, const SecretString& token) {
    return valid(process.tokens().validate(token.reveal())) != nullptr;
  }
  // Whether the verdict came from Redis.
  static bool shared(Tokctl& process, const SecretString& token) {
    const auto before = process.tokens().cache_stats().redis_hits;
    CHECK(accepts(process, token));
    return process.tokens().cache_stats().redis_hits > before;
  }

  std::string redis;
  User bill;
  std::unique_ptr<Tokctl> here, there;
};

struct WithAdmin : Shared {
  WithAdmin() { admin({"FLUSHDB"}); }
  Admin admin{redis};
  std::string key_of(const auth::IssuedApi& issued) {
    return "tokctl:token:" +
           raw().one("SELECT digest FROM api_tokens WHERE id = '" + issued.info.id + "'");
  }
};

}  // namespace

TEST_CASE_METHOD(WithAdmin, "levels: what one process asked the database, another has from Redis") {
  const auto api = issue_api({.name = "ci", .scopes = {"read"}, .info = R"({"a":1})"});
  CHECK_FALSE(shared(*here, api.token));
  CHECK(shared(*there, api.token));
  CHECK_FALSE(shared(*there, api.token));  // from its map now
  const auto verdict = there->tokens().validate(api.token.reveal(), {.scopes = {"read"}});
  REQUIRE(valid(verdict) != nullptr);
  CHECK(valid(verdict)->id == api.info.id);
  CHECK(valid(verdict)->email == bill.email);
  CHECK(valid(verdict)->info == R"({"a":1})");

  // Keys carry digests, values tell nothing, and nothing outlives its time.
  const auto keys = admin.keys("*");
  CHECK(keys.size() == 2);
  for (const auto& key : keys) {
    CHECK(key.starts_with("tokctl:token"));
    CHECK(admin({"TTL", key}).number <= 300);
    CHECK(admin({"TTL", key}).number > 0);
  }
  const std::string value = admin({"GET", key_of(api)}).text;
  for (const std::string& part : {bill.email, api.info.id, std::string("read")})
    CHECK(value.find(part) == std::string::npos);

  const auto brief = issue_api({.expires_at = clock.now() + Seconds(20)});
  CHECK(accepts(*here, brief.token));
  CHECK(admin({"TTL", key_of(brief)}).number <= 20);

  // A batch asks for all at once.
  auto late = process();
  const auto verdicts =
      late->tokens().validate_all({api.token.reveal(), "x", brief.token.reveal()});
  CHECK(valid(verdicts[0])->id == api.info.id);
  CHECK(valid(verdicts[1]) == nullptr);
  CHECK(valid(verdicts[2])->id == brief.info.id);
  CHECK(late->tokens().cache_stats().redis_hits == 2);
}

TEST_CASE_METHOD(WithAdmin, "levels: a revocation deletes what Redis has") {
  const auto first = issue_api();
  const auto second = issue_api();
  accepts(*here, first.token);
  accepts(*here, second.token);
  REQUIRE(admin.keys("tokctl:token:*").size() == 2);
  t->tokens().revoke_id(first.info.id);
  here->upkeep().tick();
  CHECK(admin.keys("tokctl:token:*").size() == 1);
  t->users().disable(by_id(bill));
  there->upkeep().tick();
  CHECK(admin.keys("tokctl:token*").empty());
}

TEST_CASE_METHOD(WithAdmin, "levels: an old value put back brings no dead token to life") {
  const auto api = issue_api();
  accepts(*here, api.token);
  const std::string key = key_of(api);
  const std::string old = admin({"GET", key}).text;
  t->tokens().revoke_id(api.info.id);
  for (Tokctl* process : {here.get(), there.get()}) process->upkeep().tick();
  auto late = process();  // starts after the revocation
  const auto lie = [&] { admin({"SET", key, old}); };
  for (int round = 0; round < 50; ++round) {
    for (Tokctl* process : {here.get(), there.get(), late.get()}) {
      lie();
      CHECK_FALSE(accepts(*process, api.token));
    }
    clock.advance(Seconds(20));  // past the time that words are remembered, too
    for (Tokctl* process : {here.get(), there.get(), late.get()}) process->upkeep().tick();
  }
  lie();
  CHECK_FALSE(accepts(*process(), api.token));
}

TEST_CASE_METHOD(WithAdmin, "levels: forged, moved, expired and damaged values count for nothing") {
  const auto good = issue_api();
  const auto dead = issue_api();
  t->tokens().revoke_id(dead.info.id);
  auto expired = issue_api({.expires_at = clock.now() + Seconds(30)});
  for (Tokctl* process : {here.get(), there.get()}) process->upkeep().tick();
  accepts(*here, good.token);
  accepts(*here, expired.token);
  const std::string value = admin({"GET", key_of(good)}).text;
  const std::string expired_value = admin({"GET", key_of(expired)}).text;
  clock.advance(Seconds(60));
  const std::string key = key_of(dead);
  std::minstd_rand dice(7);
  auto judge = process();
  for (int round = 0; round < 2000; ++round) {
    std::string forged = value;
    switch (round % 4) {
      case 0:
        break;  // moved
      case 1:
        forged[dice() % forged.size()] ^= static_cast<char>(1 + dice() % 255);
        break;
      case 2:
        forged.resize(dice() % forged.size());
        break;
      default:
        for (char& byte : forged) byte = static_cast<char>(dice());
    }
    admin({"SET", key, forged});
    if (round % 100 == 0) judge->upkeep().tick();
    CHECK_FALSE(accepts(*judge, dead.token));
    if (round % 100 == 0) {
      admin({"SET", key_of(expired), expired_value});
      CHECK_FALSE(accepts(*judge, expired.token));
    }
  }
  CHECK(judge->tokens().cache_stats().redis_hits == 0);
}

TEST_CASE_METHOD(WithAdmin, "levels: Redis may hold something else under our keys, or be emptied") {
  const auto api = issue_api();
  admin({"SADD", key_of(api), "a"});
  CHECK(accepts(*here, api.token));
  CHECK(accepts(*there, api.token));
  admin({"FLUSHALL"});
  auto late = process();
  CHECK(accepts(*late, api.token));
}

TEST_CASE("levels: without Redis the database answers, and is told of once") {
  Shared fixture("unix:///nowhere/at/all");
  const auto api = fixture.issue_api();
  CHECK(Shared::accepts(*fixture.here, api.token));
  int told = 0;
  for (int tick = 0; tick < 100; ++tick) {
    try {
      fixture.here->upkeep().tick();
    } catch (const Error& error) {
      CHECK(error.id() == "redis.down");
      ++told;
    }
    CHECK(Shared::accepts(*fixture.here, api.token));
    fixture.clock.advance(Seconds(1));
  }
  CHECK(told == 1);
  fixture.t->tokens().revoke_id(api.info.id);
  fixture.here->upkeep().tick();
  CHECK_FALSE(Shared::accepts(*fixture.here, api.token));
}
