// Verdicts shared through Redis: whatever Redis does, or somebody does to it, no dead token lives.
#include <sys/wait.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <functional>
#include <random>

#include "crypto/cache_seal.h"
#include "crypto/jwk.h"
#include "crypto/keyring.h"
#include "redis/server.h"
#include "unit/auth/fixture.h"

using namespace tokctl;
using namespace tokctl::test;
using testing::Admin;
using testing::redis_url;

namespace {

// A tenth of the rounds unless all are asked for.
int rounds(int full) { return std::getenv("TOKCTL_TEST_FULL") != nullptr ? full : full / 10; }

// Two processes on one database and one Redis.
struct Shared : Fixture {
  explicit Shared(const std::string& url = redis_url())
      : redis(url), bill(user()), here(process()), there(process()) {}

  std::unique_ptr<Tokctl> process(const std::function<void(Config&)>& change = [](Config&) {}) {
    Config with_redis = config();
    with_redis.redis = redis;
    change(with_redis);
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

TEST_CASE_METHOD(WithAdmin, "levels: what Redis answers counts as a use") {
  const auto api = issue_api();
  CHECK(accepts(*here, api.token));
  clock.advance(Seconds(1));
  there->upkeep().tick();
  REQUIRE(shared(*there, api.token));
  there->tokens().flush_uses();
  CHECK(t->tokens().get(api.info.id).last_used_at == clock.now());
}

TEST_CASE_METHOD(WithAdmin, "levels: of a user who comes back Redis is told the newest tokens") {
  CHECK(t->cache().warm_user(bill.public_id) == 0);  // shares nothing
  CHECK(here->cache().warm_user(bill.public_id) == 0);
  const auto api = issue_api();
  const auto dead = issue_api();
  here->tokens().revoke(dead.token.reveal());
  const auto other = t->tokens().issue_api(by_id(user("jane@example.com")), {});
  here->upkeep().tick();
  there->upkeep().tick();
  CHECK(here->cache().warm_user(bill.public_id) == 1);
  CHECK(admin.keys("tokctl:token:*") == std::vector{key_of(api)});
  CHECK(shared(*there, api.token));
  CHECK_FALSE(accepts(*there, dead.token));
  CHECK_FALSE(shared(*there, other.token));
  there->tokens().flush_uses();
  CHECK(t->tokens().get(api.info.id).last_used_at == clock.now());

  t->tokens().issue_api_many(by_id(bill), {}, auth::kWarmedOfUser, [](const auto&, const auto&) {});
  here->upkeep().tick();
  CHECK(here->cache().warm_user(bill.public_id) == auth::kWarmedOfUser);
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
  for (int round = 0; round < rounds(100'000); ++round) {
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

TEST_CASE_METHOD(WithAdmin,
                 "levels: tokens of sessions are shared too, and end with their sessions") {
  const auto web = issue(bill);
  t->jwks().create(crypto::JwsAlgorithm::kEdDsa);
  const auto jwt = t->tokens().issue_jwt(
      by_id(bill), {.terms = {.audience = {"api"}, .claims = {{"tenant", "\"a\""}}}});
  const auto tick = [&] {
    for (Tokctl* process : {here.get(), there.get()}) process->upkeep().tick();
  };
  tick();
  for (const SecretString* token : {&web.token, &jwt.token}) {
    CHECK_FALSE(shared(*here, *token));
    CHECK(shared(*there, *token));
  }
  const auto verdict = there->tokens().validate(jwt.token.reveal(), {.audience = "api"});
  REQUIRE(valid(verdict) != nullptr);
  CHECK(valid(verdict)->claims ==
        std::vector<std::pair<std::string, std::string>>{{"tenant", "\"a\""}});
  CHECK(valid(there->tokens().validate(jwt.token.reveal(), {.audience = "web"})) == nullptr);
  // Who wants another issuer finds it out for himself.
  auto stranger = process([](Config& config) { config.policy.jwt_issuer = "somebody else"; });
  CHECK_FALSE(accepts(*stranger, jwt.token));

  const auto old = admin.keys("tokctl:token:*");
  REQUIRE(old.size() == 2);
  std::vector<std::string> values;
  for (const std::string& key : old) values.push_back(admin({"GET", key}).text);
  SECTION("by revocation") {
    t->sessions().revoke(web.session.session_id);
    t->tokens().revoke(jwt.token.reveal());
  }
  SECTION("of the user") { t->users().disable(by_id(bill)); }
  tick();
  CHECK(admin.keys("tokctl:token*").empty());
  for (std::size_t i = 0; i < old.size(); ++i) admin({"SET", old[i], values[i]});
  auto late = process();
  for (Tokctl* process : {here.get(), there.get(), late.get()}) {
    CHECK_FALSE(accepts(*process, web.token));
    CHECK_FALSE(accepts(*process, jwt.token));
  }
}

TEST_CASE_METHOD(WithAdmin, "levels: with the key that signed it a JWT ends everywhere") {
  const auto key = t->jwks().create(crypto::JwsAlgorithm::kEdDsa);
  const auto jwt = t->tokens().issue_jwt(by_id(bill), {});
  for (Tokctl* process : {here.get(), there.get()}) process->upkeep().tick();
  accepts(*here, jwt.token);
  CHECK(shared(*there, jwt.token));
  t->jwks().retire(key.kid);
  for (Tokctl* process : {here.get(), there.get()}) process->upkeep().tick();
  auto late = process();
  for (Tokctl* process : {here.get(), there.get(), late.get()})
    CHECK_FALSE(accepts(*process, jwt.token));
}

namespace {

// Keys of JWTs in Redis, and whoever asks the database for one.
struct WithKeys : WithAdmin {
  std::unique_ptr<Tokctl> counting(std::atomic<int>& asked) {
    return process([&](Config& config) {
      config.trace = [&](std::string_view sql, std::chrono::nanoseconds) {
        if (sql.find("FROM jwks") != std::string_view::npos) ++asked;
      };
    });
  }
  SecretString jwt() { return t->tokens().issue_jwt(by_id(bill), {}).token; }
  void tick(const std::vector<Tokctl*>& processes) {
    for (Tokctl* process : processes) process->upkeep().tick();
  }
};

}  // namespace

TEST_CASE_METHOD(WithKeys, "levels: a key that one process read, another has from Redis") {
  const auto algorithm = GENERATE(crypto::JwsAlgorithm::kEdDsa, crypto::JwsAlgorithm::kEs256,
                                  crypto::JwsAlgorithm::kRs256, crypto::JwsAlgorithm::kHs256);
  const auto key = t->jwks().create(algorithm);
  std::atomic<int> first = 0, second = 0;
  auto one = counting(first);
  auto two = counting(second);
  const auto a = jwt();
  const auto b = jwt();
  tick({one.get(), two.get()});
  CHECK(accepts(*one, a));
  CHECK(first == 1);
  CHECK(accepts(*two, b));  // of which no verdict is shared yet
  CHECK(second == 0);
  CHECK(accepts(*one, jwt()));  // from memory
  CHECK(first == 1);

  const std::string name = "tokctl:jwt_key:" + key.kid;
  CHECK(admin({"TTL", name}).number > 86'000);
  CHECK(admin({"GET", name}).text.find("kty") == std::string::npos);
  // Memory forgets it after a while, so does not Redis.
  clock.advance(Seconds(61));
  tick({one.get(), two.get()});
  CHECK(accepts(*one, jwt()));
  CHECK(first == 1);
  // Signing takes the private part, which no cache has.
  two->jwks().rotate(key.kid, {});
  tick({one.get(), two.get()});
  CHECK(accepts(*two, two->tokens().issue_jwt(by_id(bill), {}).token));
  CHECK(accepts(*one, b));
}

TEST_CASE_METHOD(WithKeys, "levels: what Redis keeps of a key is what verifies and no more") {
  const auto key = t->jwks().create(crypto::JwsAlgorithm::kEdDsa);
  tick({here.get()});
  accepts(*here, jwt());
  const auto keyring = crypto::load_keyring(config().key_file);
  const std::string name = "tokctl:jwt_key:" + key.kid;
  const auto open = [&](const std::string& at) {
    return crypto::open_from_cache(keyring, admin({"GET", name}).text, at);
  };
  const auto text = open(name);
  REQUIRE(text);
  CHECK(text->find("\"x\":") != std::string::npos);
  CHECK(text->find("\"d\":") == std::string::npos);
  CHECK_FALSE(open("tokctl:jwt_key:another"));
}

TEST_CASE_METHOD(WithKeys, "levels: a key that was retired verifies nothing, whatever Redis says") {
  const auto key = t->jwks().create(crypto::JwsAlgorithm::kEdDsa);
  const std::string name = "tokctl:jwt_key:" + key.kid;
  tick({here.get(), there.get()});
  const auto before = jwt();
  for (Tokctl* process : {here.get(), there.get()}) accepts(*process, before);
  const auto old = admin({"GET", name}).text;
  const auto old_set = here->jwks().export_set();
  const auto sealed_set = admin({"GET", "tokctl:jwt_keys"}).text;
  REQUIRE_FALSE(old.empty());
  REQUIRE(old_set.find(key.kid) != std::string::npos);
  CHECK(there->jwks().export_set() == old_set);
  const auto fresh = jwt();  // of which nobody has a verdict

  here->jwks().retire(key.kid);
  CHECK_FALSE(accepts(*here, fresh));  // at once
  CHECK(here->jwks().export_set().find(key.kid) == std::string::npos);
  tick({here.get(), there.get()});
  CHECK(admin.keys("tokctl:jwt*").empty());
  auto late = process();
  const auto lie = [&] {
    admin({"SET", name, old});
    admin({"SET", "tokctl:jwt_keys", sealed_set});
  };
  for (int round = 0; round < 50; ++round) {
    for (Tokctl* process : {here.get(), there.get(), late.get()}) {
      lie();
      CHECK_FALSE(accepts(*process, fresh));
      lie();
      CHECK(process->jwks().export_set().find(key.kid) == std::string::npos);
    }
    clock.advance(Seconds(20));  // past the time that words are remembered, too
    tick({here.get(), there.get(), late.get()});
  }
}

TEST_CASE_METHOD(WithKeys, "levels: the set of keys is shared, and changes with each key") {
  std::string old;  // as Redis had it before the last change
  const auto sets_agree = [&] {
    tick({here.get(), there.get()});
    if (!old.empty()) admin({"SET", "tokctl:jwt_keys", old});
    const std::string now = t->jwks().export_set();
    const bool agree = here->jwks().export_set() == now && there->jwks().export_set() == now;
    old = admin({"GET", "tokctl:jwt_keys"}).text;
    return agree;
  };
  CHECK(sets_agree());
  const auto key = t->jwks().create(crypto::JwsAlgorithm::kEdDsa);
  CHECK(sets_agree());
  std::atomic<int> asked = 0;
  auto counter = counting(asked);
  CHECK(counter->jwks().export_set().find(key.kid) != std::string::npos);
  CHECK(asked == 0);
  t->jwks().rotate(key.kid, {});
  CHECK(sets_agree());
  const auto foreign = crypto::Jwk::generate(crypto::JwsAlgorithm::kEs256, random);
  t->jwks().import(SecretString(foreign.public_json()), {}, true);
  CHECK(sets_agree());
  t->jwks().retire(key.kid);
  CHECK(sets_agree());
}

TEST_CASE_METHOD(WithKeys, "levels: a reader who pauses before he keeps a key revives nothing") {
  // One who has read the key's row in a snapshot and keeps it after it was retired and he heard.
  std::function<void()> meanwhile;
  auto slow = process([&](Config& config) {
    config.trace = [&](std::string_view sql, std::chrono::nanoseconds) {
      if (meanwhile && sql.find("FROM jwks WHERE kid") != std::string_view::npos)
        std::exchange(meanwhile, nullptr)();
    };
  });
  for (int round = 0; round < rounds(100); ++round) {
    const auto key = t->jwks().create(crypto::JwsAlgorithm::kEdDsa);
    const auto first = jwt();
    const auto second = jwt();
    const auto third = jwt();
    slow->upkeep().tick();
    meanwhile = [&] {
      (round % 2 == 0 ? t : there)->jwks().retire(key.kid);
      if (round % 3 < 2) slow->upkeep().tick();
    };
    if (round % 5 < 2) {
      slow->tokens().validate(first.reveal());
    } else {
      slow->tokens().validate_all({first.reveal(), second.reveal()});
    }
    REQUIRE_FALSE(meanwhile);
    for (Tokctl* process : {slow.get(), there.get()}) process->upkeep().tick();
    auto late = process();
    for (Tokctl* process : {slow.get(), there.get(), late.get()}) {
      CHECK_FALSE(accepts(*process, third));
      CHECK_FALSE(accepts(*process, first));
    }
  }
}

TEST_CASE_METHOD(WithAdmin, "levels: a reader who pauses between row and caches revives nothing") {
  // Paused after each operation of the database in turn, and before the fills.
  std::function<void()> meanwhile;
  int operations = 0, pause_at = 0;
  auto slow = process([&](Config& config) {
    config.trace = [&](std::string_view, std::chrono::nanoseconds) {
      if (meanwhile && operations++ == pause_at) std::exchange(meanwhile, nullptr)();
    };
  });
  int paused = 0;
  const auto dead = issue_api();  // which nobody remembers
  t->tokens().revoke_id(dead.info.id);
  for (int round = 0; round < rounds(500); ++round) {
    CAPTURE(round);
    const auto api = issue_api();
    slow->upkeep().tick();
    Tokctl& who = round % 3 == 0 ? *slow : round % 3 == 1 ? *there : *t;
    operations = 0;
    pause_at = round % 2;
    meanwhile = [&] {
      ++paused;
      who.tokens().revoke_id(api.info.id);
      if (round % 5 < 3) slow->upkeep().tick();  // has heard of it before it fills
      if (round % 7 < 3) there->upkeep().tick();
    };
    if (pause_at == 0) {
      slow->tokens().validate(api.token.reveal());
    } else {  // in a transaction, after its beginning and the first row
      slow->tokens().validate_all({api.token.reveal(), dead.token.reveal()});
    }
    REQUIRE_FALSE(meanwhile);
    if (&who == slow.get()) CHECK_FALSE(accepts(*slow, api.token));
    for (Tokctl* process : {slow.get(), there.get(), here.get()}) process->upkeep().tick();
    auto late = process();
    for (Tokctl* process : {slow.get(), there.get(), here.get(), late.get()})
      CHECK_FALSE(accepts(*process, api.token));
  }
  CHECK(paused == rounds(500));
}

TEST_CASE_METHOD(WithAdmin,
                 "levels: what Redis has of a database that was restored is worth nothing") {
  const auto kept = issue_api();
  const std::string copy = folder / "copy.db";
  raw().run("VACUUM INTO '" + copy + "'");
  // Ended before the restore, and made after the copy.
  const auto late = issue_api();
  accepts(*here, late.token);
  accepts(*here, kept.token);
  t.reset();
  raw().run("ATTACH '" + copy +
            "' AS old; DELETE FROM api_tokens;"
            "INSERT INTO api_tokens SELECT * FROM old.api_tokens;"
            "DELETE FROM events; INSERT INTO events SELECT * FROM old.events;"
            "DELETE FROM event_head; INSERT INTO event_head SELECT * FROM old.event_head");
  reopen();
  for (int more = GENERATE(0, 1, 4); more > 0; --more) t->tokens().issue_api(by_id(bill), {});
  auto fresh = process();
  for (Tokctl* process : {here.get(), there.get()}) process->upkeep().tick();
  for (Tokctl* process : {here.get(), there.get(), fresh.get()}) {
    CHECK_FALSE(accepts(*process, late.token));
    CHECK(accepts(*process, kept.token));
  }
}

TEST_CASE_METHOD(WithAdmin, "levels: each token says whose it is, whatever else has expired") {
  const User ann = user("ann@example.com");
  const auto brief = issue_api({.expires_at = clock.now() + Seconds(5)});
  const auto hers = t->tokens().issue_api(by_id(ann), {.name = "hers"});
  for (Tokctl* process : {here.get(), there.get()}) process->upkeep().tick();
  for (int round = 0; round < 20; ++round) {
    for (Tokctl* process : {here.get(), there.get()}) {
      const auto his = process->tokens().principal(brief.token.reveal());
      CHECK((his != nullptr) == (round < 5));
      if (his) CHECK(his->public_id == bill.public_id);
      CHECK(process->tokens().principal(hers.token.reveal())->public_id == ann.public_id);
      clock.advance(Seconds(process == there.get() ? 1 : 0));
      process->upkeep().tick();
    }
  }
  CHECK(admin.keys("tokctl:tokens:user:*").size() == 2);
  CHECK(admin({"ZRANGE", "tokctl:tokens:user:" + ann.public_id, "0", "-1"}).list.size() == 1);
}

TEST_CASE_METHOD(WithAdmin,
                 "levels: of a user who always has new tokens only the latest are kept") {
  for (int token = 0; token < 40; ++token) {
    accepts(*here, issue_api().token);
    clock.advance(Seconds(60));
  }
  const std::string index = "tokctl:tokens:user:" + bill.public_id;
  const auto kept = admin({"ZCARD", index}).number;
  CHECK(kept >= 5);  // as many as live in Redis
  CHECK(kept <= 11);
  const auto last = issue_api();
  accepts(*here, last.token);
  REQUIRE(admin.keys(key_of(last)).size() == 1);
  there->users().disable(by_id(bill));
  here->upkeep().tick();
  CHECK(admin.keys(key_of(last)).empty());
}

TEST_CASE_METHOD(WithAdmin, "levels: times beyond 32 bits, and no token anywhere in Redis") {
  const Time far = from_unix(17'000'000'000);  // in the year 2508
  const auto api = issue_api({.expires_at = far});
  accepts(*here, api.token);
  CHECK(shared(*there, api.token));
  CHECK(there->tokens().principal(api.token.reveal())->expires_at == far);
  CHECK(admin({"TTL", key_of(api)}).number <= 300);
  const std::string text(api.token.reveal());
  for (const auto& key : admin.keys("*")) {
    CHECK(key.find(text.substr(4, 20)) == std::string::npos);
    if (key.starts_with("tokctl:token:"))
      CHECK(admin({"GET", key}).text.find(text.substr(4, 20)) == std::string::npos);
  }
}

TEST_CASE_METHOD(WithAdmin, "levels: a flush reaches every process, and says how much there was") {
  const auto first = issue_api();
  const auto second = issue_api();
  for (const auto* api : {&first, &second}) {
    accepts(*here, api->token);
    accepts(*there, api->token);
  }
  const auto questions = [&] { return there->tokens().cache_stats().database; };
  const auto before = questions();
  accepts(*there, first.token);
  CHECK(questions() == before);
  const std::string old = admin({"GET", key_of(first)}).text;
  CHECK(here->cache().flush({}).removed == 3);  // and the index of the user's tokens
  there->upkeep().tick();
  admin({"SET", key_of(first), old});  // put back by somebody: it counts no longer
  CHECK(accepts(*there, first.token));
  CHECK(questions() == before + 1);
  CHECK(here->tokens().cache_stats().entries == 0);

  const auto levels = there->cache().status();
  REQUIRE(levels.size() == 3);
  CHECK(levels[0].entries == 1);
  CHECK(levels[1].state == auth::CacheLevel::State::kUp);
}

TEST_CASE_METHOD(WithAdmin, "levels: what is counted is counted once, for all") {
  const auto api = issue_api();
  accepts(*here, api.token);
  accepts(*here, api.token);
  accepts(*there, api.token);
  const auto sum = [&] {
    const auto levels = here->cache().status();
    return std::vector<std::uint64_t>{*levels[0].hits, *levels[1].hits, *levels[2].hits};
  };
  CHECK(sum() == std::vector<std::uint64_t>{0, 0, 0});
  for (int minute = 0; minute < 3; ++minute) {
    clock.advance(Seconds(31));
    for (Tokctl* process : {here.get(), there.get()}) process->upkeep().tick();
    CHECK(sum() == std::vector<std::uint64_t>{1, 1, 1});
  }
}
