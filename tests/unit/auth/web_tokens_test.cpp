#include <catch2/catch.hpp>

#include "base/encoding.h"
#include "model/web_token.h"
#include "unit/auth/fixture.h"

using namespace tokctl;
using namespace tokctl::test;

namespace {

Refusal refusal(const Verdict& verdict) { return std::get<Refusal>(verdict); }

}  // namespace

TEST_CASE_METHOD(Fixture, "web token: issued, valid, and what it says") {
  const User made = user();
  const auto issued = issue(made);
  REQUIRE(issued.token.size() == kWebTokenSize);
  const Verdict verdict = judge(issued.token);
  const Principal* who = valid(verdict);
  REQUIRE(who != nullptr);
  CHECK(who->public_id == made.public_id);
  CHECK(who->email == made.email);
  CHECK(who->session_id == issued.session.session_id);
  CHECK(who->issued_at == clock.now());
  CHECK(who->expires_at == clock.now() + std::chrono::hours(24));
}

TEST_CASE_METHOD(Fixture, "web token: two sessions of one user live side by side") {
  const User made = user();
  const auto first = issue(made);
  const auto second = issue(made);
  CHECK(accepts(first.token));
  CHECK(accepts(second.token));
  CHECK(first.session.session_id != second.session.session_id);
  CHECK(t->sessions().revoke(first.session.session_id));
  CHECK_FALSE(accepts(first.token));
  CHECK(accepts(second.token));
}

TEST_CASE_METHOD(Fixture, "web token: it dies at its time, by revocation, disabling, deletion") {
  const User made = user();
  const auto issued = issue(made, Seconds(60));
  clock.advance(Seconds(59));
  CHECK(accepts(issued.token));

  t->users().disable(by_id(made));
  CHECK(refusal(judge(issued.token)) == Refusal::kUserDisabled);
  CHECK(error_of([&] { issue(made); }) == "user.disabled");
  t->users().enable(by_id(made));
  CHECK(accepts(issued.token));

  clock.advance(Seconds(1));
  CHECK(refusal(judge(issued.token)) == Refusal::kExpired);
  const auto second = issue(made);
  t->sessions().revoke_all(by_id(made), {});
  CHECK(refusal(judge(second.token)) == Refusal::kRevoked);
}

TEST_CASE_METHOD(Fixture, "web token: a new password or email ends it, a new name does not") {
  const User made = user();
  const auto issued = issue(made);
  t->users().update(by_id(made), {.full_name = "William"});
  CHECK(accepts(issued.token));
  CHECK(t->users().update(by_id(made), {.email = "new@example.com"}).sessions_revoked == 1);
  CHECK_FALSE(accepts(issued.token));

  const auto second = issue(made);
  CHECK(t->users().set_password(by_id(made), secret("another password")).sessions_revoked == 1);
  CHECK_FALSE(accepts(second.token));
}

// The sessions above were ended too. Here only the field changes, behind tokctl's back: the
// derivation alone must refuse.
TEST_CASE_METHOD(Fixture, "web token: it is bound to every field it is derived from") {
  const User made = user();
  const auto issued = issue(made);
  const std::string other = "11111111-2222-4333-8444-555555555555";
  const std::string change =
      GENERATE_COPY("UPDATE users SET password_tag = '" + std::string(64, 'a') + "'",
                    "UPDATE users SET private_id = '" + other + "'",
                    std::string("UPDATE users SET email = 'x@example.com'"),
                    "PRAGMA foreign_keys = OFF; UPDATE users SET public_id = '" + other +
                        "'; UPDATE sessions SET public_id = '" + other + "'");
  CAPTURE(change);
  REQUIRE(accepts(issued.token));
  raw().run(change);
  CHECK(refusal(judge(issued.token)) == Refusal::kMismatch);
}

TEST_CASE_METHOD(Fixture, "web token: what it derives from is whole, or nothing is judged") {
  const auto issued = issue(user());
  for (const std::string tag : {"x", "", "00"}) {
    raw().run("UPDATE users SET password_tag = '" + tag + "'");
    CHECK(error_of([&] { judge(issued.token); }) == "user.damaged");
  }
}

TEST_CASE_METHOD(Fixture, "web token: the SessionID is bound") {
  const User made = user();
  const auto first = issue(made);
  const auto second = issue(made);
  const auto token = parse_web_token(first.token.reveal());
  REQUIRE(token);
  // kit would take this: an old token under any live session's id.
  CHECK(refusal(judge(format_web_token(second.session.session_id, token->token))) ==
        Refusal::kMismatch);
  raw().run("DELETE FROM sessions WHERE session_id = '" + second.session.session_id + "'");
  raw().run("UPDATE sessions SET session_id = '" + second.session.session_id + "'");
  CHECK(refusal(judge(format_web_token(second.session.session_id, token->token))) ==
        Refusal::kMismatch);
  CHECK(refusal(judge(first.token)) == Refusal::kUnknownSession);
}

TEST_CASE_METHOD(Fixture, "web token: another root key makes another token") {
  const User made = user();
  const auto issued = issue(made);
  REQUIRE(t->database().root_keys().size() == 1);
  const auto added = auth::initialize(config(), true);
  reopen();
  CHECK(t->database().root_keys().size() == 2);
  raw().run("UPDATE sessions SET root_key_id = '" + added.root_key + "'");
  CHECK(refusal(judge(issued.token)) == Refusal::kMismatch);
}

TEST_CASE_METHOD(Fixture, "web token: a session of another kind has none") {
  const auto issued = issue(user());
  raw().run("UPDATE sessions SET kind = 'jwt'");
  CHECK_FALSE(accepts(issued.token));
  raw().run("UPDATE sessions SET kind = 'web', scheme = 'kit'");
  CHECK(refusal(judge(issued.token)) == Refusal::kMismatch);
}

TEST_CASE_METHOD(Fixture, "web token: reuse gives the newest live one again") {
  const User made = user();
  const auto first = issue(made);
  clock.advance(Seconds(1));
  const auto second = issue(made);
  const auto again = t->tokens().issue_web(by_id(made), {.expires_at = {}, .reuse = true});
  CHECK(again.reused);
  CHECK(again.token.reveal() == second.token.reveal());
  CHECK(again.session.expires_at == second.session.expires_at);
  t->sessions().revoke_all(by_id(made), {});
  const auto fresh = t->tokens().issue_web(by_id(made), {.expires_at = {}, .reuse = true});
  CHECK_FALSE(fresh.reused);
  CHECK(accepts(fresh.token));
  clock.advance(std::chrono::hours(24 * 365 * 100));
  CHECK(accepts(fresh.token));  // never expires, and time is 64 bits wide
}

TEST_CASE_METHOD(Fixture, "web token: single ends the others of the same source only") {
  const User made = user();
  const auto log_in = [&](const std::string& source) {
    return t->tokens().issue_web(
        by_id(made),
        {.expires_at = clock.now() + std::chrono::hours(1), .source = source, .single = true});
  };
  const auto phone = log_in("phone");
  const auto web = log_in("web");
  const auto web2 = log_in("web");
  CHECK(web2.sessions_revoked == 1);
  CHECK(accepts(phone.token));
  CHECK_FALSE(accepts(web.token));
  CHECK(accepts(web2.token));
}

TEST_CASE_METHOD(Fixture, "web token: only a genuine one revokes") {
  const User made = user();
  const auto issued = issue(made);
  const auto forged = format_web_token(issued.session.session_id, {});
  CHECK(error_of([&] { t->tokens().revoke(forged.reveal()); }) == "token.invalid");
  CHECK(error_of([&] { t->tokens().revoke("nonsense"); }) == "token.invalid");
  CHECK(accepts(issued.token));
  CHECK(t->tokens().revoke(issued.token.reveal()).changed);
  CHECK_FALSE(t->tokens().revoke(issued.token.reveal()).changed);
  CHECK_FALSE(accepts(issued.token));
}

TEST_CASE_METHOD(Fixture, "web token: the forms of the Authorization header") {
  const auto issued = issue(user());
  const std::string token(issued.token.reveal());
  const auto judged = [&](const std::string& header) {
    return valid(t->tokens().validate_header(header)) != nullptr;
  };
  CHECK(judged("Basic " + token));
  CHECK(judged("Authorization: Basic " + token));
  CHECK(judged("authorization:BASIC " + token));
  for (const std::string& header :
       {token, "Bearer " + token, "Basic" + token, "Basic  " + token, "Basic\t" + token,
        "Basic " + token + " ", "Basic " + token + ", Basic " + token, "Basic Basic " + token,
        "Authorization: Authorization: Basic " + token, "Proxy-Authorization: Basic " + token,
        "Basic " + token + "\r\nX: y", std::string("Basic "), std::string("Basic"),
        std::string()}) {
    CAPTURE(header);
    CHECK_FALSE(judged(header));
  }
}

TEST_CASE_METHOD(Fixture, "web token: explain walks the same checks in order") {
  const User made = user();
  const auto issued = issue(made);
  auto explained = t->tokens().explain(issued.token.reveal());
  CHECK(valid(explained.verdict) != nullptr);
  std::vector<std::string_view> names;
  for (const Check& check : explained.checks) {
    CHECK(check.passed);
    names.push_back(check.name);
  }
  CHECK(names == std::vector<std::string_view>{"shape", "session", "owner", "revoked", "expired",
                                               "status", "token"});
  t->users().disable(by_id(made));
  explained = t->tokens().explain(issued.token.reveal());
  CHECK(explained.checks.back().name == "status");
  CHECK_FALSE(explained.checks.back().passed);
}

TEST_CASE_METHOD(Fixture, "web token: many are judged in order") {
  const User made = user();
  const auto first = issue(made);
  const auto second = issue(made);
  t->sessions().revoke(second.session.session_id);
  const auto verdicts = t->tokens().validate_all(
      {first.token.reveal(), "junk", second.token.reveal(), first.token.reveal()});
  REQUIRE(verdicts.size() == 4);
  CHECK(valid(verdicts[0]) != nullptr);
  CHECK(refusal(verdicts[1]) == Refusal::kMalformed);
  CHECK(refusal(verdicts[2]) == Refusal::kRevoked);
  CHECK(valid(verdicts[3]) != nullptr);
}
