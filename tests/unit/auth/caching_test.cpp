// What one process revokes, another that remembers verdicts refuses.
#include <catch2/catch.hpp>
#include <fstream>

#include "auth/feed.h"
#include "model/api_token.h"
#include "support/scratch.h"
#include "unit/auth/fixture.h"

using namespace tokctl;
using namespace tokctl::test;

namespace {

// `t` and `other` are two processes on one database.
struct Caching : Fixture {
  Caching() {
    t->upkeep().tick();
    other = std::make_unique<Tokctl>(open(config(), clock, random));
  }

  auth::IssuedApi issue_api(const auth::IssueApi& request = {}) {
    return other->tokens().issue_api(by_id(bill), request);
  }
  // Whether the verdict came from memory.
  bool remembered(const SecretString& token) {
    const auto before = t->tokens().cache_stats().map_hits;
    CHECK(accepts(token));
    return t->tokens().cache_stats().map_hits > before;
  }
  // In memory from now on, and the feed was just read.
  void remember(const SecretString& token) {
    t->upkeep().tick();
    accepts(token);
    REQUIRE(remembered(token));
  }

  User bill = user();
  std::unique_ptr<Tokctl> other;
};

}  // namespace

TEST_CASE_METHOD(Caching, "caching: a verdict is remembered, for a minute and no longer") {
  const auto api = issue_api({.scopes = {"read"}});
  const auto web = issue(bill);
  t->upkeep().tick();
  CHECK_FALSE(remembered(api.token));
  CHECK(remembered(api.token));
  CHECK_FALSE(remembered(web.token));
  CHECK(remembered(web.token));

  const auto verdict = judge(api.token);
  REQUIRE(valid(verdict) != nullptr);
  CHECK(valid(verdict)->id == api.info.id);
  CHECK(valid(verdict)->scopes == std::vector<std::string>{"read"});
  CHECK(valid(t->tokens().validate(api.token.reveal(), {.scopes = {"read"}})) != nullptr);
  CHECK(std::get<Refusal>(t->tokens().validate(api.token.reveal(), {.scopes = {"admin"}})) ==
        Refusal::kScope);
  CHECK(t->tokens().principal(api.token.reveal())->id == api.info.id);
  CHECK(t->tokens().principal(api.token.reveal(), {.scopes = {"admin"}}) == nullptr);
  const auto both = t->tokens().validate_all({web.token.reveal(), "x", api.token.reveal()});
  CHECK(valid(both[0])->session_id == web.session.session_id);
  CHECK(std::get<Refusal>(both[1]) == Refusal::kMalformed);
  CHECK(valid(both[2])->id == api.info.id);

  for (int second = 0; second < 60; ++second) {
    clock.advance(Seconds(1));
    t->upkeep().tick();
    if (second < 58) CHECK(remembered(api.token));
  }
  CHECK_FALSE(remembered(api.token));
}

TEST_CASE_METHOD(Caching, "caching: what memory answers counts as a use") {
  const auto api = issue_api();
  remember(api.token);
  const auto used = [&] {
    t->tokens().flush_uses();
    return other->tokens().get(api.info.id).last_used_at;
  };
  CHECK(used() == clock.now());
  clock.advance(Seconds(1));
  t->upkeep().tick();
  REQUIRE(remembered(api.token));
  CHECK(used() == clock.now());

  const Time last = clock.now();
  clock.advance(Seconds(1));
  t->upkeep().tick();
  CHECK(std::get<Refusal>(t->tokens().validate(api.token.reveal(), {.scopes = {"more"}})) ==
        Refusal::kScope);
  CHECK(used() == last);
  CHECK(t->tokens().cache_stats().map_hits > 1);
}

TEST_CASE_METHOD(Caching, "caching: it is counted what was asked, and who answered") {
  clock.advance(Seconds(7));
  t->upkeep().tick();
  const auto api = issue_api();
  const auto web = issue(bill);
  CHECK(accepts(api.token));
  CHECK(accepts(api.token));
  CHECK_FALSE(accepts(secret("x")));
  t->tokens().validate_all({api.token.reveal(), web.token.reveal(), "y"});
  const auto stats = t->tokens().cache_stats();
  CHECK(stats.map_hits == 2);
  CHECK(stats.map_misses == 4);
  CHECK(stats.redis_hits + stats.redis_misses == 0);
  CHECK(stats.database == 4);
  CHECK(stats.entries == 2);
  CHECK(stats.feed_lag == Seconds(0));
  clock.advance(Seconds(5));
  CHECK(t->tokens().cache_stats().feed_lag == Seconds(5));
}

TEST_CASE_METHOD(Caching, "caching: nothing is remembered before somebody reads the feed") {
  const auto api = issue_api();
  CHECK(other->tokens().cache_stats().entries == 0);
  valid(other->tokens().validate(api.token.reveal()));
  valid(other->tokens().validate(api.token.reveal()));
  CHECK(other->tokens().cache_stats().map_hits == 0);
}

TEST_CASE_METHOD(Caching, "caching: what is refused is never remembered") {
  const auto api = issue_api();
  other->tokens().revoke_id(api.info.id);
  t->upkeep().tick();
  for (int round = 0; round < 3; ++round) CHECK_FALSE(accepts(api.token));
  CHECK(t->tokens().cache_stats().entries == 0);
}

TEST_CASE_METHOD(Caching, "caching: what ends a token elsewhere ends it here, once it is heard") {
  const auto api = issue_api({.name = "ci"});
  const auto web = issue(bill);
  const SecretString* token = &api.token;
  remember(api.token);
  remember(web.token);
  const auto end = GENERATE(range(0, 11));
  CAPTURE(end);
  auth::Tokens& tokens = other->tokens();
  switch (end) {
    case 0:
      tokens.revoke_id(api.info.id);
      break;
    case 1:
      tokens.revoke(api.token.reveal());
      break;
    case 2:
      tokens.revoke_all({.user = by_id(bill)});
      break;
    case 3:
      tokens.revoke_all({.name = "ci"});
      break;
    case 4:
      tokens.rotate(api.info.id, {});
      break;
    case 5:
      other->users().disable(by_id(bill));
      break;
    case 6:
      other->users().remove(by_id(bill));
      break;
    case 7:
      other->sessions().revoke(web.session.session_id);
      token = &web.token;
      break;
    case 8:
      other->users().update(by_id(bill), {.email = "new@example.com"});
      token = &web.token;
      break;
    case 9:
      other->users().set_password(by_id(bill), secret("a new password"));
      token = &web.token;
      break;
    case 10:
      other->sessions().create(by_id(bill), {.single = true});
      token = &web.token;
      break;
    default:
      break;
  }
  t->upkeep().tick();
  CHECK_FALSE(accepts(*token));
  for (int round = 0; round < 3; ++round) CHECK_FALSE(accepts(*token));
}

TEST_CASE_METHOD(Caching, "caching: what this process ends, it refuses at once") {
  const auto api = issue_api();
  const auto web = issue(bill);
  remember(api.token);
  remember(web.token);
  SECTION("a token") {
    t->tokens().revoke_id(api.info.id);
    CHECK_FALSE(accepts(api.token));
    CHECK(remembered(web.token));
  }
  SECTION("a user") {
    t->users().disable(by_id(bill));
    CHECK_FALSE(accepts(api.token));
    CHECK_FALSE(accepts(web.token));
  }
  SECTION("nothing, in a dry run") {
    auto dry = config();
    dry.dry_run = true;
    auto rehearsal = open(dry, clock, random);
    rehearsal.tokens().revoke_id(api.info.id);
    t->upkeep().tick();
    CHECK(remembered(api.token));
  }
}

TEST_CASE_METHOD(Caching, "caching: the key of a JWT is held, until its time or a word of it") {
  const auto key = t->jwks().create(crypto::JwsAlgorithm::kEdDsa);
  auth::IssueJwt request;
  request.terms.audience = {"api"};
  const auto issue_jwt = [&] { return other->tokens().issue_jwt(by_id(bill), request).token; };
  std::vector<SecretString> tokens;
  for (int i = 0; i < 4; ++i) tokens.push_back(issue_jwt());
  t->upkeep().tick();
  REQUIRE(accepts(tokens[0]));
  SECTION("what happens to its row is not seen, for a minute") {
    raw().run("UPDATE jwks SET jwk = 'x'");
    CHECK(accepts(tokens[1]));
    CHECK(error_of([&] { other->tokens().validate(tokens[1].reveal()); }) == "seal.broken");
    for (int second = 0; second < 59; ++second) {
      clock.advance(Seconds(1));
      t->upkeep().tick();
    }
    CHECK(accepts(tokens[2]));
    clock.advance(Seconds(1));
    t->upkeep().tick();
    CHECK(error_of([&] { judge(tokens[3]); }) == "seal.broken");
  }
  SECTION("until it is retired") {
    other->jwks().retire(key.kid);
    t->upkeep().tick();
    CHECK_FALSE(accepts(tokens[1]));
  }
  SECTION("and what is asked for is asked of what is remembered") {
    REQUIRE(remembered(tokens[0]));
    CHECK(t->tokens().principal(tokens[0].reveal(), {.audience = "api"}) != nullptr);
    CHECK(t->tokens().principal(tokens[0].reveal(), {.audience = "ap"}) == nullptr);
    CHECK(t->tokens().principal(tokens[0].reveal(), {.roles = {"root"}}) == nullptr);
  }
  SECTION("but not for whoever ends one") {
    other->jwks().rotate(key.kid, {});
    const auto fresh = issue_jwt();
    CHECK(t->tokens().revoke(fresh.reveal()).changed);
    CHECK_FALSE(accepts(fresh));
  }
  SECTION("and not by who hears nothing of it") {
    raw().run("UPDATE jwks SET jwk = 'x'");
    clock.advance(Seconds(1));
    CHECK(error_of([&] { judge(tokens[1]); }) == "seal.broken");
  }
}

TEST_CASE_METHOD(Caching, "caching: without news of the feed for a second, the database is asked") {
  const auto api = issue_api();
  remember(api.token);
  other->tokens().revoke_id(api.info.id);
  CHECK(accepts(api.token));  // not heard of yet
  clock.advance(Seconds(1));
  CHECK_FALSE(accepts(api.token));
}

TEST_CASE_METHOD(Caching, "caching: without the database everything is refused to be judged") {
  const auto api = issue_api();
  remember(api.token);
  raw().run(
      "ALTER TABLE api_tokens RENAME TO gone; ALTER TABLE event_head RENAME TO gone_too;"
      "ALTER TABLE events RENAME TO gone_as_well");
  CHECK_THROWS_AS(t->upkeep().tick(), Error);
  clock.advance(Seconds(1));
  CHECK_THROWS_AS(accepts(api.token), Error);
}

TEST_CASE_METHOD(Caching, "caching: an entry is never older than its token") {
  const auto api = issue_api({.expires_at = clock.now() + Seconds(10)});
  remember(api.token);
  clock.advance(Seconds(9));
  t->upkeep().tick();
  CHECK(remembered(api.token));
  clock.advance(Seconds(1));
  t->upkeep().tick();
  CHECK_FALSE(accepts(api.token));
}

TEST_CASE_METHOD(Caching, "caching: a token that is hot all day does not lapse while in use") {
  const auto api = issue_api({.idle = kIdleMin});
  const Time begun = clock.now();
  while (clock.now() < begun + 5 * kIdleMin) {
    REQUIRE(accepts(api.token));
    clock.advance(Seconds(1));
    t->upkeep().tick();
  }
  const auto used = other->tokens().get(api.info.id).last_used_at;
  REQUIRE(used);
  CHECK(clock.now() - *used <= 2 * kUseFlush);
  CHECK(valid(other->tokens().validate(api.token.reveal())) != nullptr);
  CHECK(t->tokens().cache_stats().map_hits > 1000);
}

TEST_CASE_METHOD(Caching, "caching: past the idle deadline the database is asked") {
  const auto api = issue_api({.idle = kIdleMin});
  clock.advance(kIdleMin - Seconds(10));
  t->upkeep().tick();
  REQUIRE(accepts(api.token));
  // Used elsewhere meanwhile, or not: only the database knows.
  clock.advance(Seconds(20));
  t->upkeep().tick();
  CHECK(accepts(api.token));  // used here ten seconds before the deadline
}

TEST_CASE_METHOD(Caching, "caching: a login of a user leaves what is remembered alone") {
  const auto api = issue_api();
  remember(api.token);
  other->sessions().create(by_id(bill), {});
  other->tokens().issue_api(by_id(bill), {});
  t->upkeep().tick();
  CHECK(remembered(api.token));
}

TEST_CASE_METHOD(Caching, "caching: an event of a type that is not known ends everything") {
  const auto api = issue_api();
  remember(api.token);
  Event event{.seq = 5, .type = "jwk.retired", .mac = std::string(64, 'a')};
  CHECK(auth::word_of(event).reach == cache::Reach::kAll);
  event.type = "api_token.created";
  CHECK(auth::word_of(event).reach == cache::Reach::kNothing);
  event.type = "root_key.retired";
  CHECK(auth::word_of(event).reach == cache::Reach::kAll);
}

TEST_CASE_METHOD(Caching, "caching: after a restore of an older database everything goes") {
  const auto api = issue_api();
  const std::string copy = folder / "copy.db";
  raw().run("VACUUM INTO '" + copy + "'");
  const auto second = issue_api();
  remember(second.token);
  remember(api.token);
  // The older one comes back, and goes on in another way.
  other.reset();
  raw().run("ATTACH '" + copy +
            "' AS old; DELETE FROM api_tokens;"
            "INSERT INTO api_tokens SELECT * FROM old.api_tokens;"
            "DELETE FROM events; INSERT INTO events SELECT * FROM old.events;"
            "DELETE FROM event_head; INSERT INTO event_head SELECT * FROM old.event_head");
  const int more = GENERATE(0, 1, 5);
  other = std::make_unique<Tokctl>(open(config(), clock, random));
  for (int n = 0; n < more; ++n) issue_api({.name = "another"});
  t->upkeep().tick();
  CHECK_FALSE(accepts(second.token));
  CHECK(accepts(api.token));
}

TEST_CASE_METHOD(Caching, "caching: a log that was pruned behind the feed is begun anew") {
  const auto api = issue_api();
  remember(api.token);
  clock.advance(Seconds(1000));
  other->audit().prune(clock.now());
  other->tokens().revoke_id(api.info.id);
  t->upkeep().tick();
  CHECK_FALSE(accepts(api.token));
}

TEST_CASE_METHOD(Caching, "caching: thousands of events are caught up with in one look") {
  const auto api = issue_api();
  const auto last = issue_api();
  remember(api.token);
  remember(last.token);
  for (int n = 0; n < 2100; ++n) other->sessions().create(by_id(bill), {});
  other->tokens().revoke_id(last.info.id);
  t->upkeep().tick();
  CHECK_FALSE(accepts(last.token));
  CHECK(remembered(api.token));

  Tokctl late = open(config(), clock, random);
  late.upkeep().tick();
  CHECK(valid(late.tokens().validate(last.token.reveal())) == nullptr);
  CHECK(valid(late.tokens().validate(api.token.reveal())) != nullptr);
}

TEST_CASE_METHOD(Caching, "caching: an error blocks neither the sweep nor what comes after it") {
  const auto api = issue_api();
  const auto dying = issue_api({.expires_at = clock.now() + Seconds(40)});
  remember(api.token);
  remember(dying.token);
  raw().run("ALTER TABLE event_head RENAME TO gone; ALTER TABLE events RENAME TO gone_too");
  for (int tick = 0; tick < 3; ++tick) {
    clock.advance(Seconds(31));
    CHECK_THROWS_AS(t->upkeep().tick(), Error);
  }
  CHECK(t->tokens().cache_stats().entries == 0);  // swept all the same
  raw().run("ALTER TABLE gone RENAME TO event_head; ALTER TABLE gone_too RENAME TO events");
  t->upkeep().tick();
  CHECK(accepts(api.token));
  CHECK_FALSE(accepts(dying.token));
  CHECK(remembered(api.token));
}

TEST_CASE("caching: upkeep runs by itself, and goes on after an error") {
  Fixture fixture;
  SystemClock clock;
  Tokctl here = open(fixture.config(), clock, fixture.random);
  Tokctl there = open(fixture.config(), clock, fixture.random);
  const User bill =
      here.users().create({.email = "b@example.com", .full_name = "B", .password = {}});
  here.upkeep().start([](const std::exception&) {});
  const auto api = there.tokens().issue_api(by_id(bill), {});
  const auto accepted = [&] { return here.tokens().principal(api.token.reveal()) != nullptr; };
  const auto wait_for = [&](const auto& what) {
    const auto deadline = clock.steady() + std::chrono::seconds(20);
    while (!what() && clock.steady() < deadline)
      clock.sleep_until(clock.steady() + std::chrono::milliseconds(5));
    return what();
  };
  CHECK(wait_for([&] { return accepted() && here.tokens().cache_stats().map_hits > 0; }));
  there.tokens().revoke_id(api.info.id);
  const auto revoked = clock.steady();
  CHECK(wait_for([&] { return !accepted(); }));
  CHECK(clock.steady() - revoked < std::chrono::seconds(1));
  here.upkeep().stop();
  here.upkeep().start(nullptr);
}
