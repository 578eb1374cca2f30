#include <catch2/catch.hpp>
#include <string>

#include "unit/auth/fixture.h"

using namespace tokctl;
using namespace tokctl::test;

namespace {

using std::chrono::days;
using std::chrono::hours;

struct RefreshFixture : Fixture {
  JwkInfo key = t->jwks().create(crypto::JwsAlgorithm::kEdDsa);
  User bill = user();
  auth::IssuedJwt first =
      t->tokens().issue_jwt(by_id(bill), {.source = "web", .with_refresh = true});

  auth::RefreshVerdict exchange(const SecretString& token) {
    return t->tokens().exchange(token.reveal());
  }
  auth::Refreshed refreshed(const SecretString& token) {
    auto verdict = exchange(token);
    REQUIRE(std::holds_alternative<auth::Refreshed>(verdict));
    return std::get<auth::Refreshed>(std::move(verdict));
  }
  std::string refusal(const SecretString& token) {
    const auto verdict = exchange(token);
    const auto* refused = std::get_if<Refusal>(&verdict);
    return refused ? std::string(to_text(*refused)) : "accepted";
  }
};

}  // namespace

TEST_CASE_METHOD(RefreshFixture, "refresh: each use gives a JWT and the next, of one session") {
  clock.advance(hours(1) + Seconds(60));
  CHECK_FALSE(accepts(first.token));
  const auto second = refreshed(first.refresh);
  CHECK_FALSE(second.repeated);
  const Verdict verdict = judge(second.token);
  const Principal* who = valid(verdict);
  REQUIRE(who != nullptr);
  CHECK(who->session_id == first.info.session_id);
  CHECK(who->source == "web");
  CHECK(raw().one("SELECT detail FROM events WHERE type = 'refresh_token.created'") ==
        R"({"session":")" + first.info.session_id + "\"}");
  CHECK(second.refresh_info.session_id == first.info.session_id);
  CHECK(second.refresh.reveal() != first.refresh.reveal());
  clock.advance(hours(1));
  const auto third = refreshed(second.refresh);
  CHECK(accepts(third.token));
  CHECK(t->audit().verify().checked > 0);
}

TEST_CASE_METHOD(RefreshFixture, "refresh: the JWT says what the first one said") {
  auth::IssueJwt request{.with_refresh = true};
  request.terms = {.audience = {"api"},
                   .roles = std::vector<std::string>{"admin"},
                   .claims = {{"tenant", "t"}},
                   .ttl = std::chrono::minutes(5)};
  const auto issued = t->tokens().issue_jwt(by_id(bill), request);
  const auto next = refreshed(issued.refresh);
  const Verdict verdict = judge(next.token);
  const Principal* who = valid(verdict);
  REQUIRE(who != nullptr);
  CHECK(who->audience == std::vector<std::string>{"api"});
  CHECK(who->roles == std::vector<std::string>{"admin"});
  CHECK(who->claims.size() == 1);
  CHECK(who->expires_at == clock.now() + std::chrono::minutes(5));
}

TEST_CASE_METHOD(RefreshFixture, "refresh: a retry within the grace gets the identical successor") {
  const auto second = refreshed(first.refresh);
  clock.advance(Seconds(10));
  const auto again = refreshed(first.refresh);
  CHECK(again.repeated);
  CHECK(again.refresh.reveal() == second.refresh.reveal());
  CHECK(again.refresh_info.id == second.refresh_info.id);
  CHECK(accepts(again.token));
  reopen();  // it is derived, not remembered
  CHECK(refreshed(first.refresh).refresh.reveal() == second.refresh.reveal());
  CHECK(raw().one("SELECT count(*) FROM refresh_tokens") == "2");
}

TEST_CASE_METHOD(RefreshFixture,
                 "refresh: after the grace, or once its successor was used, it ends its family") {
  const auto second = refreshed(first.refresh);
  SECTION("late") {
    clock.advance(Seconds(11));
    CHECK(refusal(first.refresh) == "reused");
  }
  SECTION("the successor was used") {
    refreshed(second.refresh);
    CHECK(refusal(first.refresh) == "reused");
  }
  CHECK(refusal(second.refresh) == "revoked");
  CHECK_FALSE(accepts(first.token));
  CHECK_FALSE(accepts(second.token));
  CHECK(t->audit().list({.limit = 1}).rows.front().type == "refresh_token.reused");
}

TEST_CASE_METHOD(RefreshFixture, "refresh: a family has an end that no exchange moves") {
  clock.advance(days(6));
  const auto second = refreshed(first.refresh);
  CHECK(second.refresh_info.expires_at == first.refresh_info->expires_at);
  clock.advance(hours(23) + std::chrono::minutes(30));
  const auto third = refreshed(second.refresh);
  CHECK(third.info.expires_at == first.refresh_info->expires_at);  // its JWT ends with it
  clock.advance(std::chrono::minutes(30));
  CHECK(refusal(third.refresh) == "expired");
}

TEST_CASE_METHOD(RefreshFixture, "refresh: whatever ends the session or the user ends the family") {
  SECTION("the session") { t->sessions().revoke(first.info.id); }
  SECTION("the token") { CHECK(t->tokens().revoke(first.refresh.reveal()).changed); }
  SECTION("the token's id") { CHECK(t->tokens().revoke_id(first.refresh_info->id).changed); }
  SECTION("the JWT") { t->tokens().revoke(first.token.reveal()); }
  SECTION("a password") { t->users().set_password(by_id(bill), secret("a new password")); }
  SECTION("another login") {
    t->tokens().issue_jwt(by_id(bill), {.source = "web", .single = true});
  }
  SECTION("deletion") { t->users().remove(by_id(bill)); }
  SECTION("disabling") { t->users().disable(by_id(bill)); }
  SECTION("all of a user") {
    t->tokens().revoke_all({.user = by_id(bill), .name = {}, .type = TokenType::kRefresh});
  }
  const auto why = refusal(first.refresh);
  CHECK((why == "revoked" || why == "user_deleted" || why == "user_disabled"));
  CHECK_FALSE(accepts(first.token));
  CHECK(raw().one("SELECT count(*) FROM refresh_tokens WHERE used_at IS NOT NULL") == "0");
}

TEST_CASE_METHOD(RefreshFixture, "refresh: no token of another kind is exchanged") {
  CHECK(refusal(first.token) == "unknown_token");
  CHECK(refusal(issue(bill).token) == "unknown_token");
  CHECK(refusal(t->tokens().issue_api(by_id(bill), {}).token) == "unknown_token");
  CHECK(refusal(t->tokens().issue_verify(by_id(bill), {}).token) == "unknown_token");
  CHECK(refusal(secret("")) == "unknown_token");
}

TEST_CASE_METHOD(RefreshFixture, "refresh: looked at, it stays unused, and used, it is refused") {
  CHECK(valid(judge(first.refresh))->type == TokenType::kRefresh);
  CHECK(valid(judge(first.refresh)));
  const auto second = refreshed(first.refresh);
  CHECK(valid(judge(first.refresh)));  // a retry would be answered
  clock.advance(Seconds(11));
  CHECK(std::get<Refusal>(judge(first.refresh)) == Refusal::kUsed);
  CHECK(accepts(second.refresh));  // and looking at it ends no family
}

TEST_CASE_METHOD(RefreshFixture, "refresh: the database holds nothing that a thief could use") {
  refreshed(first.refresh);
  const std::string rows = raw().all("SELECT digest || terms FROM refresh_tokens", 0);
  CHECK(rows.find(first.refresh.reveal().substr(4, 43)) == std::string::npos);
}

TEST_CASE_METHOD(RefreshFixture, "refresh: without a key the token is not spent") {
  t->jwks().retire(key.kid);
  CHECK(error_of([&] { exchange(first.refresh); }) == "jwk.none");
  t->jwks().create(crypto::JwsAlgorithm::kEs256);
  refreshed(first.refresh);
}

TEST_CASE_METHOD(RefreshFixture, "refresh: issued alone, listed, shown and swept") {
  const auto alone = t->tokens().issue_jwt(by_id(bill), {.source = "cli"}, true);
  CHECK(alone.token.empty());
  refreshed(alone.refresh);
  const auto listed = t->tokens().list({.user = by_id(bill), .type = TokenType::kRefresh});
  CHECK(listed.rows.size() == 2);  // those not used
  CHECK(t->tokens().get(alone.refresh_info->id).last_used_at == clock.now());
  CHECK(t->tokens().identify(alone.refresh.reveal())->type == TokenType::kRefresh);
  clock.advance(days(40));
  CHECK(t->database().collect({}).tokens == 3);
  CHECK(raw().one("SELECT count(*) FROM refresh_tokens") == "0");
}

TEST_CASE_METHOD(RefreshFixture, "refresh: it is shown to end with its session") {
  const auto shown = [&] { return t->tokens().get(first.refresh_info->id); };
  CHECK(shown().live(clock.now()));
  CHECK_FALSE(shown().revoked_at);
  clock.advance(Seconds(60));
  t->sessions().revoke(first.info.id);
  CHECK(shown().revoked_at == clock.now());
  CHECK(shown().ends_at == clock.now());
  CHECK(t->tokens().identify(first.refresh.reveal())->revoked_at == clock.now());
}

// The database says what tokctl never writes.
TEST_CASE_METHOD(RefreshFixture,
                 "refresh: neither its session's end nor its owner may be missing") {
  SECTION("a session that ends sooner") {
    raw().run("UPDATE sessions SET expires_at = " + std::to_string(to_unix(clock.now()) + 60));
    clock.advance(Seconds(60));
    CHECK(std::get<Refusal>(judge(first.refresh)) == Refusal::kExpired);
    CHECK(refusal(first.refresh) == "expired");
  }
  SECTION("a session that has no end") {
    raw().run("UPDATE sessions SET expires_at = NULL");
    CHECK(accepts(first.refresh));
    clock.advance(days(7));
    CHECK(refusal(first.refresh) == "expired");
  }
  SECTION("nobody's") {
    raw().run("PRAGMA foreign_keys = OFF; DELETE FROM users");
    CHECK(refusal(first.refresh) == "unknown_token");
  }
}
