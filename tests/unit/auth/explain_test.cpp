// What an operator is told of a token: each step, in words that say what was seen.
#include <catch2/catch.hpp>
#include <string>

#include "model/verification_token.h"
#include "unit/auth/fixture.h"

using namespace tokctl;
using namespace tokctl::test;

namespace {

using std::chrono::hours;

// The clock begins at 2027-01-15T08:00:00Z.
struct ExplainFixture : Fixture {
  std::string all(const SecretString& token) {
    std::string text;
    for (const Check& check : t->tokens().explain(token.reveal()).checks)
      text += check.detail + (check.passed ? "; " : "!");
    return text;
  }
  std::string last(const SecretString& token) {
    const auto checks = t->tokens().explain(token.reveal()).checks;
    return checks.back().passed ? "valid" : checks.back().detail;
  }
  auth::IssuedJwt issue_jwt(const auth::IssueJwt& request = {}) {
    return t->tokens().issue_jwt(by_id(bill), request);
  }

  JwkInfo key = t->jwks().create(crypto::JwsAlgorithm::kEdDsa);
  User bill = user();
  const std::string who = "user " + bill.public_id;
  static constexpr auto kNow = "2027-01-15T08:00:00Z";
};

}  // namespace

TEST_CASE_METHOD(ExplainFixture, "explain: a web token") {
  const auto issued = issue(bill);
  const std::string session = "session " + issued.session.session_id;
  CHECK(all(issued.token) == "a web token; " + session + "; " + who +
                                 "; not revoked; expires at 2027-01-16T08:00:00Z; user is active; "
                                 "derived by scheme v1 from the session and its user; ");
  CHECK(all(secret("nothing")) == "not a token of any kind!");
  const auto endless = t->tokens().issue_web(by_id(bill), {.expires_at = {}, .source = {}});
  CHECK(all(endless.token).find("never expires; ") != std::string::npos);
  SECTION("revoked") {
    t->sessions().revoke(issued.session.session_id);
    CHECK(last(issued.token) == std::string("revoked at ") + kNow);
  }
  SECTION("of nobody") {
    t->users().remove(by_id(bill));
    CHECK(last(issued.token) == who + " is deleted");
  }
  SECTION("swept") {
    raw().run("DELETE FROM sessions");
    CHECK(last(issued.token) == "no " + session);
  }
}

TEST_CASE_METHOD(ExplainFixture, "explain: an API token") {
  const auto issued =
      t->tokens().issue_api(by_id(bill), {.expires_at = clock.now() + hours(2), .idle = hours(1)});
  CHECK(all(issued.token) == "an opaque token; token " + issued.info.id + "; " + who +
                                 "; not revoked; expires at 2027-01-15T10:00:00Z; unused, it "
                                 "lapses at 2027-01-15T09:00:00Z; user is active; ");
  const auto endless = t->tokens().issue_api(by_id(bill), {});
  CHECK(all(endless.token).find("never expires; may be idle for ever; ") != std::string::npos);
  SECTION("revoked") {
    t->tokens().revoke_id(issued.info.id);
    CHECK(last(issued.token) == std::string("revoked at ") + kNow);
  }
  SECTION("of nobody") {
    t->users().remove(by_id(bill));
    CHECK(last(issued.token) == who + " is deleted");
  }
  SECTION("unknown") {
    raw().run("DELETE FROM api_tokens");
    CHECK(all(issued.token) == "an opaque token; no such token!");
  }
}

TEST_CASE_METHOD(ExplainFixture, "explain: a JWT") {
  const auto issued = issue_jwt();
  const std::string session = "session " + issued.info.session_id;
  CHECK(all(issued.token) == "a JWT; key " + key.kid +
                                 "; checked with EdDSA; sub, jti and exp are there; issued by us; "
                                 "expires at 2027-01-15T09:00:00Z; valid from "
                                 "2027-01-15T08:00:00Z; " +
                                 session + "; " + who +
                                 "; not revoked; the session ends at 2027-01-15T09:00:00Z; user "
                                 "is active; ");
  SECTION("revoked") {
    t->sessions().revoke(issued.info.session_id);
    CHECK(last(issued.token) == std::string("revoked at ") + kNow);
  }
  SECTION("of nobody") {
    t->users().remove(by_id(bill));
    CHECK(last(issued.token) == who + " is deleted");
  }
  SECTION("swept") {
    raw().run("DELETE FROM sessions");
    CHECK(last(issued.token) == "no " + session + " of that user");
  }
  SECTION("a session without an end") {
    raw().run("UPDATE sessions SET expires_at = NULL");
    CHECK(all(issued.token).find("the session never ends; ") != std::string::npos);
  }
  SECTION("with a key that is gone") {
    t->jwks().retire(key.kid);
    CHECK(all(issued.token) == "a JWT; no key that verifies has the name it gives!");
  }
  SECTION("of another issuer") {
    Config other = config();
    other.policy.jwt_issuer = "somebody";
    t = std::make_unique<Tokctl>(open(other, clock, random));
    CHECK(last(issued.token) == "issued by somebody else");
  }
}

TEST_CASE_METHOD(ExplainFixture, "explain: a refresh token") {
  const auto issued = issue_jwt({.with_refresh = true});
  const std::string session = "session " + issued.info.session_id;
  const std::string start = "an opaque token; token " + issued.refresh_info->id + "; ";
  CHECK(all(issued.refresh) == start + session + "; " + who +
                                   "; its family lives; expires at 2027-01-22T08:00:00Z; user is "
                                   "active; not used; ");
  SECTION("used, and answered") {
    const auto next = std::get<auth::Refreshed>(t->tokens().exchange(issued.refresh.reveal()));
    CHECK(last(issued.refresh) == "valid");  // it may be sent again, the answer may be lost
    CHECK(all(issued.refresh).ends_with(std::string("used at ") + kNow + "; "));
    t->tokens().exchange(next.refresh.reveal());
    CHECK(last(issued.refresh) == std::string("used at ") + kNow);
  }
  SECTION("revoked") {
    t->sessions().revoke(issued.info.session_id);
    CHECK(last(issued.refresh) == std::string("its family was ended at ") + kNow);
  }
  SECTION("of nobody") {
    t->users().remove(by_id(bill));
    CHECK(last(issued.refresh) == who + " is deleted");
  }
  SECTION("unknown") {
    raw().run("DELETE FROM refresh_tokens");
    CHECK(last(issued.refresh) == "no such token");
  }
  SECTION("of no family") {
    raw().run("DELETE FROM sessions");
    CHECK(all(issued.refresh) == start + "no " + session + "!");
  }
}

TEST_CASE_METHOD(ExplainFixture, "explain: a verification token") {
  const auto issued = t->tokens().issue_verify(
      by_id(bill), {.purpose = Purpose::kTwoFactorAuth, .code_digits = {}});
  CHECK(all(issued.token) == "an opaque token; token " + issued.info.id + "; " + who +
                                 "; not used; expires at 2027-01-15T08:30:00Z; user is active; ");
  SECTION("used") {
    t->tokens().verify({.text = issued.token.reveal(),
                        .purpose = Purpose::kTwoFactorAuth,
                        .user = {},
                        .consume = true});
    CHECK(last(issued.token) == std::string("used at ") + kNow);
  }
  SECTION("of nobody") {
    t->users().remove(by_id(bill));
    CHECK(last(issued.token) == who + " is deleted");
  }
  SECTION("unknown") {
    raw().run("DELETE FROM verification_tokens");
    CHECK(last(issued.token) == "no such token");
  }
}

TEST_CASE_METHOD(ExplainFixture, "explain: what is asked for beyond being valid") {
  const auto api = t->tokens().issue_api(by_id(bill), {.scopes = {"read"}});
  auth::IssueJwt request;
  request.terms.audience = {"web"};
  request.terms.roles = std::vector<std::string>{"dev"};
  const auto jwt = issue_jwt(request);
  const auto asked = [&](const SecretString& token, const auth::Required& required) {
    return t->tokens().explain(token.reveal(), required).checks.back().detail;
  };
  CHECK(asked(api.token, {.scopes = {"read"}}) == "has every scope asked for");
  CHECK(asked(api.token, {.scopes = {"read", "write"}}) == "scope write is missing");
  CHECK(asked(jwt.token, {.roles = {"dev"}}) == "has every role asked for");
  CHECK(asked(jwt.token, {.roles = {"ops"}}) == "role ops is missing");
  CHECK(asked(jwt.token, {.audience = "web"}) == "for whoever asks");
  CHECK(asked(jwt.token, {.audience = "we"}) == "for somebody else than who asks");
}
