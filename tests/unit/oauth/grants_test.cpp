#include "oauth/grants.h"

#include <catch2/catch.hpp>
#include <string>

#include "base/time_text.h"
#include "support/scratch.h"
#include "unit/oauth/fixture.h"

using namespace tokctl;
using namespace tokctl::test;
using testing::http_answer;

using std::chrono::minutes;

TEST_CASE_METHOD(OAuthFixture, "oauth grants: a fresh token is given as it is") {
  const OAuthGrant saved = save(kAlice, minutes(60));
  CHECK(saved.expires_at == clock.now() + minutes(60));
  CHECK(token() == "access-0");
  clock.advance(minutes(55));
  CHECK(token() == "access-0");
  CHECK(calls == 0);
  CHECK(events("oauth_grant.saved") == 1);
  CHECK(oauth::bearer(secret("a")).reveal() == "Bearer a");
}

TEST_CASE_METHOD(OAuthFixture, "oauth grants: it is refreshed before it expires, and rotates") {
  save(kAlice, minutes(60));
  Fields sent;
  const auto good = answer;
  answer = [&](const std::string& path, const Fields& form) {
    sent = form;
    return good(path, form);
  };
  clock.advance(minutes(55) + Seconds(1));
  CHECK(token() == "access-1");
  CHECK(sent.at("grant_type") == "refresh_token");
  CHECK(sent.at("refresh_token") == "refresh-0");
  CHECK(sent.at("client_secret") == "client-secret");
  CHECK(token() == "access-1");
  CHECK(calls == 1);
  CHECK(grant().refreshed_at == clock.now());
  CHECK(grant().expires_at == clock.now() + minutes(60));
  clock.advance(minutes(60));
  CHECK(token() == "access-2");
  CHECK(sent.at("refresh_token") == "refresh-1");
  CHECK(events("oauth_grant.refreshing") == 2);
  CHECK(events("oauth_grant.refreshed") == 2);
  t->audit().verify();
}

TEST_CASE_METHOD(OAuthFixture, "oauth grants: without a new refresh token the old one stays") {
  save(kAlice, minutes(60));
  answer_with(200, R"({"access_token":"b","expires_in":60})");
  clock.advance(minutes(60));
  CHECK(token() == "b");
  CHECK(grant().has_refresh_token);
  // Another authorization does not inherit it.
  save(kAlice, minutes(1), false);
  CHECK_FALSE(grant().has_refresh_token);
}

TEST_CASE_METHOD(OAuthFixture, "oauth grants: half a short life is fresh enough") {
  save(kAlice, minutes(2));
  clock.advance(Seconds(60));
  CHECK(token() == "access-0");
  clock.advance(Seconds(1));
  CHECK(token() == "access-1");
  CHECK(token({.min_valid = std::chrono::hours(24)}) == "access-1");
  CHECK(calls == 1);
}

TEST_CASE_METHOD(OAuthFixture, "oauth grants: without a known expiry it is fresh until refused") {
  oauth::SavedResponse saved;
  saved.response.access_token = secret("eternal");
  grants().save(kAlice, GrantKind::kSaved, saved);
  clock.advance(std::chrono::days(1000));
  CHECK(token() == "eternal");
  CHECK(code_of_get({.stale = grants().get(kAlice).generation}) == Code::kReauthorize);
  CHECK(calls == 0);
}

TEST_CASE_METHOD(OAuthFixture, "oauth grants: while the provider is down, what is valid is given") {
  save(kAlice, minutes(60));
  answer_with(503, "{}");
  clock.advance(minutes(56));
  const oauth::AccessToken served = grants().get(kAlice);
  CHECK(served.token.reveal() == "access-0");
  CHECK(served.warning.find("answered with status 503") != std::string::npos);
  CHECK(grant().failures == 1);
  CHECK(grant().last_error.find("503") != std::string::npos);
  CHECK(grant().state == GrantState::kActive);
  CHECK(events("oauth_grant.refresh_failed") == 1);

  // The endpoint is left alone for a while, whoever asks.
  CHECK(code_of_get({.strict = true}) == Code::kRemote);
  CHECK(error_of([&] { grants().refresh(kAlice); }) == "oauth.refresh_failed");
  CHECK(calls == 1);
  CHECK(*grant().retry_at >= clock.now() + Seconds(15));
  CHECK(*grant().retry_at <= clock.now() + Seconds(30));
  clock.set(*grant().retry_at);
  CHECK(token() == "access-0");
  CHECK(calls == 2);
  CHECK(grant().failures == 2);

  clock.set(*grant().expires_at);
  CHECK(code_of_get() == Code::kRemote);
  clock.set(*grant().retry_at);
  answer_with(200, R"({"access_token":"back","expires_in":3600})");
  CHECK(token() == "back");
  CHECK(grant().failures == 0);
  CHECK(grant().last_error.empty());
}

TEST_CASE_METHOD(OAuthFixture, "oauth grants: Retry-After is obeyed, whatever else is due") {
  save(kAlice, minutes(60));
  answer_with(429, "{}", "Retry-After: 3600\r\n");
  clock.advance(minutes(56));
  token();
  CHECK(*grant().retry_at == clock.now() + minutes(60));
  clock.advance(minutes(59));
  CHECK(code_of_get() == Code::kRemote);
  grants().refresh_due(kMaxDuration);
  CHECK(error_of([&] { grants().refresh(kAlice); }) == "oauth.refresh_failed");
  CHECK(calls == 1);
}

TEST_CASE_METHOD(OAuthFixture, "oauth grants: a refused refresh token needs a person") {
  save(kAlice, minutes(60));
  answer_with(400, R"({"error":"invalid_grant"})");
  clock.advance(minutes(56));
  CHECK(code_of_get() == Code::kReauthorize);
  CHECK(code_of_get() == Code::kReauthorize);
  CHECK(error_of([&] { grants().refresh(kAlice); }) == "oauth.needs_reauth");
  CHECK(calls == 1);
  CHECK(grant().state == GrantState::kNeedsReauth);
  CHECK(events("oauth_grant.needs_reauth") == 1);
  CHECK(grants().refresh_due(kMaxDuration).needs_reauth == 0);
  save(kAlice, minutes(60));
  CHECK(token() == "access-0");
}

TEST_CASE_METHOD(OAuthFixture, "oauth grants: our own faults are not the grant's end") {
  for (const char* error : {"invalid_client", "unauthorized_client", "invalid_scope"}) {
    save(kAlice, minutes(60));
    answer_with(401, std::string(R"({"error":")") + error + "\"}");
    clock.advance(minutes(60));
    CHECK(code_of_get() == Code::kRemote);
    CHECK(grant().state == GrantState::kActive);
    CHECK(grant().last_error.find(error) != std::string::npos);
  }
}

TEST_CASE_METHOD(OAuthFixture, "oauth grants: without a refresh token there is only its life") {
  save(kAlice, minutes(60), false);
  clock.advance(minutes(58));
  CHECK(grants().get(kAlice).warning.find("without a refresh token") != std::string::npos);
  CHECK(code_of_get({.strict = true}) == Code::kReauthorize);
  clock.advance(minutes(2));
  CHECK(code_of_get() == Code::kReauthorize);
  CHECK(calls == 0);
}

TEST_CASE_METHOD(OAuthFixture, "oauth grants: client credentials are asked for anew") {
  Fields sent;
  const auto good = answer;
  answer = [&](const std::string& path, const Fields& form) {
    sent = form;
    return good(path, form);
  };
  oauth::SavedResponse saved;
  saved.response.access_token = secret("access-0");
  saved.response.expires_in = minutes(10);
  saved.response.scope = "jobs";
  grants().save(kAlice, GrantKind::kClientCredentials, saved);
  clock.advance(minutes(6));
  CHECK(token() == "access-1");
  CHECK(sent.at("grant_type") == "client_credentials");
  CHECK(sent.at("scope") == "jobs");
  CHECK(grant().kind == GrantKind::kClientCredentials);
}

TEST_CASE_METHOD(OAuthFixture, "oauth grants: a lease of another is waited for, and runs out") {
  save(kAlice, minutes(60));
  clock.advance(minutes(58));
  const auto lease = [&](Seconds until) {
    raw().run("UPDATE oauth_grants SET lease_id = 'other', lease_until = " +
              std::to_string(to_unix(clock.now() + until)));
  };
  lease(Seconds(30));
  // By this clock nothing happens while it waits, so it waits as long as it ever does.
  CHECK(grants().get(kAlice).warning.find("another process") != std::string::npos);
  CHECK(clock.slept() >= Seconds(60));
  CHECK(clock.slept() < Seconds(62));
  CHECK(calls == 0);
  lease(Seconds(0));
  CHECK(token() == "access-1");
  CHECK(calls == 1);
}

TEST_CASE_METHOD(OAuthFixture, "oauth grants: a late good answer replaces another's bad one") {
  save(kAlice, minutes(60));
  clock.advance(minutes(60));
  answer = [&](const std::string&, const Fields&) {
    // While this answer was on its way the lease ran out, and another sent the same token.
    raw().run(
        "UPDATE oauth_grants SET state = 'needs_reauth', failures = 1, lease_id = NULL,"
        " lease_until = NULL, last_error = 'invalid_grant', due_at = NULL");
    return http_answer(200, R"({"access_token":"late","refresh_token":"r","expires_in":3600})");
  };
  CHECK(token() == "late");
  CHECK(grant().state == GrantState::kActive);
  CHECK(grant().failures == 0);
}

TEST_CASE_METHOD(OAuthFixture,
                 "oauth grants: newer tokens are never overwritten by a late answer") {
  save(kAlice, minutes(60));
  for (const char* late : {R"({"access_token":"late","refresh_token":"r","expires_in":3600})",
                           R"({"error":"invalid_grant"})"}) {
    clock.advance(minutes(60));
    answer = [&](const std::string&, const Fields&) {
      save(kAlice, minutes(60));
      return http_answer(late[2] == 'e' ? 400 : 200, late);
    };
    CHECK(token() == "access-0");
    CHECK(grant().state == GrantState::kActive);
  }
  // Nor does one bring back what was revoked meanwhile.
  clock.advance(minutes(60));
  answer = [&](const std::string&, const Fields&) {
    grants().revoke(kAlice, true);
    return http_answer(200, R"({"access_token":"late","refresh_token":"r","expires_in":3600})");
  };
  CHECK(code_of_get() == Code::kReauthorize);
  CHECK(grant().state == GrantState::kRevoked);
}

TEST_CASE_METHOD(OAuthFixture, "oauth grants: refreshing what is due, or everything") {
  for (int i = 0; i < 5; ++i) {
    save({.account = std::to_string(i), .provider = "salla"}, minutes(60 * (i + 1)));
  }
  save({.account = "x", .provider = "salla"}, minutes(1), false);
  clock.advance(minutes(116));
  const auto due = grants().refresh_due(minutes(5));
  CHECK(due.refreshed == 2);
  CHECK(due.failed + due.needs_reauth + due.skipped == 0);
  CHECK(grants().refresh_due(minutes(5)).refreshed == 0);
  CHECK(grants().refresh_all().refreshed == 5);
  CHECK(calls == 7);

  // A refused one is told of once, and a provider that is deaf is not asked for all of them.
  answer = [&](const std::string&, const Fields&) {
    return ++calls == 8 ? http_answer(400, R"({"error":"invalid_grant"})") : std::string();
  };
  int told = 0;
  const auto tell = [&](const Error& error) {
    CHECK(error.id() == (told++ == 0 ? "oauth.needs_reauth" : "oauth.refresh_failed"));
  };
  const auto broken = grants().refresh_all({.told = tell});
  CHECK(broken.needs_reauth == 1);
  CHECK(broken.failed == 3);
  CHECK(broken.skipped == 1);
  CHECK(told == 4);
}

TEST_CASE_METHOD(OAuthFixture, "oauth grants: what another refreshes is not waited for") {
  save(kAlice, minutes(60));
  save({.account = "bob", .provider = "salla"}, minutes(60));
  clock.advance(minutes(58));
  raw().run("UPDATE oauth_grants SET lease_id = 'other', lease_until = " +
            std::to_string(to_unix(clock.now() + Seconds(30))) + " WHERE account = 'alice'");
  CHECK(grants().refresh_due(minutes(5)).refreshed == 1);
  CHECK(calls == 1);
  CHECK(clock.slept() == Seconds(0));
  CHECK(grant().failures == 0);
}

TEST_CASE_METHOD(OAuthFixture, "oauth grants: many are refreshed, each once, until it is to end") {
  for (int i = 0; i < 50; ++i) {
    save({.account = std::to_string(i), .provider = "salla"}, minutes(60));
  }
  clock.advance(minutes(58));
  std::atomic<int> asked = 0;
  const auto some =
      grants().refresh_due(minutes(5), {.at_once = 4, .stopped = [&] { return ++asked > 20; }});
  CHECK(some.refreshed == 20);
  std::int64_t done = 0, total = 0;
  bool in_turn = true;
  const auto progress = [&](std::int64_t now_done, std::int64_t now_total) {
    in_turn &= now_done == ++done;
    total = now_total;
  };
  const auto rest = grants().refresh_due(minutes(5), {.at_once = 16, .progress = progress});
  CHECK(rest.refreshed == 30);
  CHECK(in_turn);
  CHECK(done == 30);
  CHECK(total == 30);
  CHECK(calls == 50);
  CHECK(raw().one("SELECT count(*) FROM oauth_grants WHERE generation = 2") == "50");
}

TEST_CASE_METHOD(OAuthFixture, "oauth grants: revoking at the provider, then here") {
  save(kAlice, minutes(60));
  std::string path;
  Fields sent;
  answer = [&](const std::string& where, const Fields& form) {
    path = where;
    sent = form;
    return http_answer(calls++ == 0 ? 500 : 200, "");
  };
  CHECK(error_of([&] { grants().revoke(kAlice); }) == "oauth.revoke_failed");
  CHECK(grant().state == GrantState::kActive);
  CHECK(raw().one("SELECT count(*) FROM oauth_grants WHERE lease_id IS NULL") == "1");
  CHECK(grants().revoke(kAlice).changed);
  CHECK(path == "POST /revoke");
  CHECK(sent.at("token") == "refresh-0");
  CHECK(sent.at("token_type_hint") == "refresh_token");
  CHECK(grant().state == GrantState::kRevoked);
  CHECK_FALSE(grants().revoke(kAlice).changed);
  CHECK(calls == 2);
  CHECK(code_of_get() == Code::kReauthorize);
  CHECK(raw().one("SELECT count(*) FROM oauth_grants WHERE access_token IS NULL"
                  " AND refresh_token IS NULL AND due_at IS NULL") == "1");

  CHECK(error_of([&] { t->oauth().providers().remove("salla"); }) == "oauth.provider_in_use");
  grants().remove(kAlice);
  CHECK(error_of([&] { grants().remove(kAlice); }) == "oauth.grant_not_found");
  t->oauth().providers().remove("salla");
}

TEST_CASE_METHOD(OAuthFixture,
                 "oauth grants: none is refreshed while it is revoked, nor the reverse") {
  save(kAlice, minutes(60));
  clock.advance(minutes(58));
  std::string paths;
  answer = [&](const std::string& where, const Fields&) {
    paths += where + ";";
    // Tokens that came now would live on at the provider, known to nobody.
    CHECK(grants().refresh_due(minutes(5)).refreshed == 0);
    return http_answer(200, "");
  };
  // Another is about to get new tokens: those are what has to be revoked.
  raw().run("UPDATE oauth_grants SET lease_id = 'other', lease_until = " +
            std::to_string(to_unix(clock.now() + Seconds(30))));
  CHECK(error_of([&] { grants().revoke(kAlice); }) == "oauth.revoke_failed");
  CHECK(clock.slept() >= Seconds(60));
  CHECK(paths.empty());
  CHECK(grant().state == GrantState::kActive);
  clock.advance(Seconds(30));
  CHECK(grants().revoke(kAlice).changed);
  CHECK(paths == "POST /revoke;");
}

TEST_CASE_METHOD(OAuthFixture, "oauth grants: gc deletes what was revoked long ago") {
  const auto retention = config().policy.session_retention;
  for (int i = 0; i < 1005; ++i) save({.account = std::to_string(i), .provider = "salla"}, {});
  for (const char* gone : {"1", "3"}) {
    grants().revoke({.account = gone, .provider = "salla"}, true);
    clock.advance(Seconds(10));
  }
  raw().run("UPDATE oauth_grants SET state = 'needs_reauth' WHERE account = '4'");
  clock.advance(retention - Seconds(19));
  CHECK(t->database().collect({}).grants == 1);
  CHECK(t->database().collect({}).grants == 0);
  clock.advance(Seconds(100));
  // One that was authorized again is alive.
  save({.account = "3", .provider = "salla"}, minutes(60));
  CHECK(t->database().collect({}).grants == 0);
  // In batches.
  raw().run(
      "UPDATE oauth_grants SET state = 'revoked', access_token = NULL, refresh_token = NULL,"
      " due_at = NULL, expires_at = 1 WHERE account <> '3'");
  CHECK(t->database().collect({}).grants == 1003);
  CHECK(events("oauth_grant.pruned") == 3);
  CHECK(raw().one("SELECT group_concat(account) FROM oauth_grants") == "3");
  t->audit().verify();
}

TEST_CASE_METHOD(OAuthFixture, "oauth grants: at rest and in the log nothing is to be read") {
  save(kAlice, minutes(60));
  clock.advance(minutes(60));
  CHECK(token() == "access-1");
  answer_with(500, R"({"error":"leaked-error","access_token":"leaked-token"})");
  clock.advance(minutes(60));
  CHECK(code_of_get() == Code::kRemote);
  t.reset();
  for (const char* suffix : {"", "-wal"}) {
    const std::string content = testing::content_of(file() + suffix);
    for (const char* planted :
         {"access-0", "access-1", "refresh-0", "refresh-1", "client-secret", "leaked-token"}) {
      CHECK(content.find(planted) == std::string::npos);
    }
  }
}

TEST_CASE_METHOD(OAuthFixture,
                 "oauth grants: a value moved to another row or column does not open") {
  save(kAlice, minutes(60));
  save({.account = "bob", .provider = "salla"}, minutes(60));
  const auto of = [](const char* column, const char* account) {
    return std::string("(SELECT ") + column + " FROM oauth_grants WHERE account = '" + account +
           "')";
  };
  raw().run("UPDATE oauth_grants SET access_token = " + of("access_token", "bob") +
            " WHERE account = 'alice'");
  CHECK(error_of([&] { token(); }) == "seal.broken");
  raw().run("UPDATE oauth_grants SET access_token = " + of("refresh_token", "alice") +
            " WHERE account = 'alice'");
  CHECK(error_of([&] { token(); }) == "seal.broken");
}

TEST_CASE_METHOD(OAuthFixture, "oauth grants: a list, page by page") {
  for (int i = 0; i < 5; ++i) save({.account = std::to_string(i), .provider = "salla"}, minutes(1));
  auto page = grants().list({.account = {}, .provider = {}, .limit = 3, .page_token = {}});
  REQUIRE(page.rows.size() == 3);
  page = grants().list({.account = {}, .provider = {}, .limit = 3, .page_token = page.next});
  CHECK(page.rows.size() == 2);
  CHECK(page.rows[0].ref.account == "3");
  CHECK(page.next.empty());
  CHECK(error_of([&] { save({.account = "", .provider = "salla"}, minutes(1)); }) ==
        "oauth.account");
  CHECK(error_of([&] { save({.account = "a", .provider = "none"}, minutes(1)); }) ==
        "oauth.provider_not_found");
}

TEST_CASE_METHOD(OAuthFixture, "oauth client: carries a token and refreshes once on 401") {
  save(kAlice, minutes(60));
  testing::LoopbackServer api([](const std::string& request) {
    const bool good = request.find("\r\nAuthorization: Bearer access-1\r\n") != std::string::npos;
    return http_answer(good ? 200 : 401, good ? "data" : "");
  });
  auto grant = t->oauth().grant(kAlice);
  const auto ask = [&] {
    return grant.client().send({.url = api.url("/x"), .headers = {}, .body = {}});
  };
  CHECK(ask().body.reveal() == "data");
  CHECK(ask().status == 200);
  CHECK(calls == 1);
  CHECK(api.requests().size() == 3);
  // A server that refuses every token is not asked again and again.
  grant.token({.stale = 2});
  CHECK(calls == 2);
  CHECK(ask().status == 401);
  CHECK(calls == 3);
  // When there is no other token, its answer stands.
  answer_with(400, R"({"error":"invalid_grant"})");
  CHECK(ask().status == 401);
}
