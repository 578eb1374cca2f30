#include <catch2/catch.hpp>
#include <string>

#include "model/verification_token.h"
#include "unit/auth/fixture.h"

using namespace tokctl;
using namespace tokctl::test;

namespace {

using std::chrono::minutes;

struct VerifyFixture : Fixture {
  User bill = user();
  User eve = user("eve@example.com");

  auth::IssuedVerify issue_verify(Purpose purpose, std::optional<std::size_t> digits = {}) {
    return t->tokens().issue_verify(by_id(bill), {.purpose = purpose, .code_digits = digits});
  }
  std::string verify(std::string_view text, Purpose purpose, std::optional<UserRef> owner = {},
                     bool consume = true) {
    const Verdict verdict = t->tokens().verify(
        {.text = text, .purpose = purpose, .user = std::move(owner), .consume = consume});
    const auto* refused = std::get_if<Refusal>(&verdict);
    return refused ? std::string(to_text(*refused)) : "accepted";
  }
  std::string wrong(std::string_view code) {
    std::string other(code);
    other[0] = other[0] == '9' ? '0' : static_cast<char>(other[0] + 1);
    return other;
  }
  std::string reset(std::string_view text, const User& whose) {
    const auto done = t->users().reset_password(by_id(whose), secret(text), secret("new password"));
    const auto* refused = std::get_if<Refusal>(&done);
    return refused ? std::string(to_text(*refused)) : "reset";
  }
};

}  // namespace

TEST_CASE_METHOD(VerifyFixture, "verify: good once, for its purpose and owner, for half an hour") {
  const auto issued = issue_verify(Purpose::kTwoFactorAuth);
  const auto text = issued.token.reveal();
  CHECK(verify(text, Purpose::kPasswordReset) == "purpose");
  CHECK(verify(text, Purpose::kTwoFactorAuth, by_id(eve)) == "unknown_token");
  CHECK(verify(text, Purpose::kTwoFactorAuth, {}, false) == "accepted");
  CHECK(verify(text, Purpose::kTwoFactorAuth, by_id(bill)) == "accepted");
  CHECK(verify(text, Purpose::kTwoFactorAuth) == "used");
  const auto late = issue_verify(Purpose::kTwoFactorAuth);
  clock.advance(minutes(30));
  CHECK(verify(late.token.reveal(), Purpose::kTwoFactorAuth) == "expired");
  CHECK(t->audit().verify().checked > 0);
}

TEST_CASE_METHOD(VerifyFixture, "verify: a new one voids the old, of that purpose alone") {
  const auto old = issue_verify(Purpose::kTwoFactorAuth);
  const auto other = issue_verify(Purpose::kPasswordReset);
  const auto fresh = issue_verify(Purpose::kTwoFactorAuth);
  CHECK(verify(old.token.reveal(), Purpose::kTwoFactorAuth) == "unknown_token");
  CHECK(verify(other.token.reveal(), Purpose::kPasswordReset) == "accepted");
  CHECK(verify(fresh.token.reveal(), Purpose::kTwoFactorAuth) == "accepted");
}

TEST_CASE_METHOD(VerifyFixture, "verify: email and phone are verified when it is consumed") {
  const auto issued = issue_verify(Purpose::kEmailVerification);
  CHECK(verify(issued.token.reveal(), Purpose::kEmailVerification, {}, false) == "accepted");
  CHECK_FALSE(t->users().get(by_id(bill)).email_verified_at);
  CHECK(verify(issued.token.reveal(), Purpose::kEmailVerification) == "accepted");
  CHECK(t->users().get(by_id(bill)).email_verified_at == clock.now());

  CHECK(error_of([&] { issue_verify(Purpose::kPhoneVerification); }) == "user.phone");
  t->users().update(by_id(bill), {.phone = "+966500000000"});
  const auto phone = issue_verify(Purpose::kPhoneVerification, 6);
  CHECK(verify(phone.token.reveal(), Purpose::kPhoneVerification, by_id(bill)) == "accepted");
  CHECK(t->users().get(by_id(bill)).phone_verified_at == clock.now());
}

TEST_CASE_METHOD(VerifyFixture, "verify: what was sent to an old address is good for nothing") {
  const auto sent = issue_verify(Purpose::kPasswordReset);
  t->users().update(by_id(bill), {.phone = "+4930123456"});
  CHECK(reset(sent.token.reveal(), bill) == "expired");
  const auto again = issue_verify(Purpose::kPasswordReset);
  t->users().update(by_id(bill), {.full_name = "William Kennedy"});
  t->users().update(by_id(bill), {.email = "bill@example.net"});
  CHECK(reset(again.token.reveal(), bill) == "expired");
  const auto issued = issue_verify(Purpose::kEmailVerification);
  CHECK(verify(issued.token.reveal(), Purpose::kEmailVerification) == "accepted");
  const auto next = issue_verify(Purpose::kEmailVerification);
  t->users().update(by_id(bill), {.email = "bill@example.org"});
  CHECK_FALSE(t->users().get(by_id(bill)).email_verified_at);
  CHECK(verify(next.token.reveal(), Purpose::kEmailVerification) == "expired");
}

TEST_CASE_METHOD(VerifyFixture, "verify: a short code has five tries, however often it is issued") {
  const auto first = issue_verify(Purpose::kTwoFactorAuth, 6);
  CHECK(is_code(first.token.reveal()));
  CHECK(first.token.size() == 6);
  CHECK(verify(first.token.reveal(), Purpose::kTwoFactorAuth) == "malformed");  // of whom?
  CHECK(verify(first.token.reveal(), Purpose::kTwoFactorAuth, by_id(eve)) == "unknown_token");
  for (int i = 0; i < 3; ++i)
    CHECK(verify(wrong(first.token.reveal()), Purpose::kTwoFactorAuth, by_id(bill)) == "mismatch");
  const auto second = issue_verify(Purpose::kTwoFactorAuth, 6);
  CHECK(verify(wrong(second.token.reveal()), Purpose::kTwoFactorAuth, by_id(bill)) == "mismatch");
  CHECK(verify(wrong(second.token.reveal()), Purpose::kTwoFactorAuth, by_id(bill)) == "mismatch");
  CHECK(t->audit().list({.limit = 1}).rows.front().type == "verification_token.locked");
  CHECK(t->audit().list({.type = "verification_token.locked"}).rows.size() == 1);
  CHECK(verify(second.token.reveal(), Purpose::kTwoFactorAuth, by_id(bill)) == "too_many_tries");
  const auto third = issue_verify(Purpose::kTwoFactorAuth, 6);
  CHECK(verify(third.token.reveal(), Purpose::kTwoFactorAuth, by_id(bill)) == "too_many_tries");
  // Nor has a host whose clock is behind.
  const Time now = clock.now();
  clock.set(now - Seconds(2));
  CHECK(verify(third.token.reveal(), Purpose::kTwoFactorAuth, by_id(bill)) == "too_many_tries");
  clock.set(now);
  CHECK(verify(third.token.reveal(), Purpose::kTwoFactorAuth, by_id(bill)) == "too_many_tries");
  // Another purpose counts for itself, and time gives the tries back.
  const auto other = issue_verify(Purpose::kPasswordReset, 8);
  CHECK(verify(other.token.reveal(), Purpose::kPasswordReset, by_id(bill)) == "accepted");
  clock.advance(minutes(15));
  CHECK(verify(third.token.reveal(), Purpose::kTwoFactorAuth, by_id(bill)) == "accepted");
  CHECK(verify(third.token.reveal(), Purpose::kTwoFactorAuth, by_id(bill)) == "used");
}

TEST_CASE_METHOD(VerifyFixture, "verify: a clock that was set back locks nobody out for longer") {
  const auto code = issue_verify(Purpose::kTwoFactorAuth, 6);
  const auto judge_code = [&] {
    return verify(code.token.reveal(), Purpose::kTwoFactorAuth, by_id(bill));
  };
  for (int i = 0; i < 5; ++i)
    CHECK(verify(wrong(code.token.reveal()), Purpose::kTwoFactorAuth, by_id(bill)) == "mismatch");
  clock.set(clock.now() - std::chrono::hours(1));
  CHECK(judge_code() == "too_many_tries");
  clock.advance(minutes(15) - Seconds(1));
  CHECK(judge_code() == "too_many_tries");
  clock.advance(Seconds(1));
  CHECK(judge_code() == "accepted");
}

TEST_CASE_METHOD(VerifyFixture,
                 "verify: a password is reset by its own token, which ends everything") {
  t->jwks().create(crypto::JwsAlgorithm::kEdDsa);
  const auto web = issue(bill);
  const auto jwt = t->tokens().issue_jwt(by_id(bill), {.with_refresh = true});
  const auto wrong_purpose = issue_verify(Purpose::kEmailVerification);
  const auto issued = issue_verify(Purpose::kPasswordReset);
  CHECK(reset(wrong_purpose.token.reveal(), bill) == "purpose");
  CHECK(reset(issued.token.reveal(), eve) == "unknown_token");
  CHECK(reset(web.token.reveal(), bill) == "unknown_token");
  CHECK(reset(jwt.refresh.reveal(), bill) == "unknown_token");
  CHECK_FALSE(t->users().get(by_id(bill)).has_password);
  CHECK(accepts(web.token));

  CHECK(reset(issued.token.reveal(), bill) == "reset");
  CHECK(
      std::holds_alternative<auth::LoggedIn>(t->users().login(bill.email, secret("new password"))));
  CHECK_FALSE(accepts(web.token));
  CHECK_FALSE(accepts(jwt.token));
  CHECK(std::holds_alternative<Refusal>(t->tokens().exchange(jwt.refresh.reveal())));
  CHECK(verify(wrong_purpose.token.reveal(), Purpose::kEmailVerification) == "expired");
  CHECK(reset(issued.token.reveal(), bill) == "used");
}

TEST_CASE_METHOD(VerifyFixture, "verify: a weak password spends no token") {
  const auto issued = issue_verify(Purpose::kPasswordReset);
  CHECK(error_of([&] {
          t->users().reset_password(by_id(bill), secret(issued.token.reveal()), secret("short"));
        }) == "password.weak");
  CHECK(reset(issued.token.reveal(), bill) == "reset");
}

TEST_CASE_METHOD(VerifyFixture, "verify: disabled and deleted users verify nothing") {
  const auto issued = issue_verify(Purpose::kTwoFactorAuth);
  t->users().disable(by_id(bill));
  CHECK(verify(issued.token.reveal(), Purpose::kTwoFactorAuth) == "user_disabled");
  CHECK(error_of([&] { issue_verify(Purpose::kTwoFactorAuth); }) == "user.disabled");
  t->users().enable(by_id(bill));
  t->users().remove(by_id(bill));
  CHECK(verify(issued.token.reveal(), Purpose::kTwoFactorAuth) == "user_deleted");
}

TEST_CASE_METHOD(VerifyFixture, "verify: validated, revoked, shown and swept like any token") {
  const auto issued = issue_verify(Purpose::kTwoFactorAuth);
  const Verdict verdict = judge(issued.token);
  REQUIRE(valid(verdict));
  CHECK(valid(verdict)->type == TokenType::kVerify);
  CHECK(valid(verdict)->purpose == "two_factor_auth");
  CHECK_FALSE(valid(t->tokens().validate_header("Bearer " + std::string(issued.token.reveal()))));
  CHECK(t->tokens().get(issued.info.id).purpose == "two_factor_auth");
  CHECK(t->tokens().revoke(issued.token.reveal()).changed);
  CHECK_FALSE(accepts(issued.token));
  CHECK(t->database().collect(Seconds(0)).tokens == 0);  // its tries are counted for a while
  clock.advance(minutes(16));
  CHECK(t->database().collect(Seconds(0)).tokens == 1);
}

TEST_CASE_METHOD(VerifyFixture,
                 "verify: in the inventory, in its place among tokens of other types") {
  t->jwks().create(crypto::JwsAlgorithm::kEdDsa);
  const auto next_second = [this] { clock.advance(Seconds(1)); };
  const auto spent = issue_verify(Purpose::kEmailVerification);
  next_second();
  const auto web = issue(bill);
  next_second();
  const auto api = t->tokens().issue_api(by_id(bill), {});
  next_second();
  const auto open = issue_verify(Purpose::kTwoFactorAuth, 6);
  next_second();
  const auto of_eve = t->tokens().issue_verify(by_id(eve), {.purpose = Purpose::kPasswordReset});
  next_second();
  const auto refresh = t->tokens().issue_jwt(by_id(bill), {}, true);
  CHECK(verify(spent.token.reveal(), Purpose::kEmailVerification) == "accepted");

  const auto ids = [this](auth::TokenQuery query) {
    std::vector<std::string> all;
    do {
      auto page = t->tokens().list(query);
      for (const TokenInfo& token : page.rows) all.push_back(token.id);
      query.page_token = page.next;
    } while (!query.page_token.empty());
    return all;
  };
  using Ids = std::vector<std::string>;
  const Ids whole = ids({});
  CHECK(whole.size() == 7);  // the session of the refresh token's JWTs too
  CHECK(Ids(whole.begin(), whole.begin() + 5) ==
        Ids{spent.info.id, web.session.session_id, api.info.id, open.info.id, of_eve.info.id});
  for (const std::size_t limit : {1U, 2U, 5U}) CHECK(ids({.limit = limit}) == whole);
  CHECK(ids({.descending = true, .limit = 3}) == Ids(whole.rbegin(), whole.rend()));
  CHECK(ids({.type = TokenType::kVerify}) == Ids{spent.info.id, open.info.id, of_eve.info.id});
  CHECK(ids({.user = by_id(eve)}) == Ids{of_eve.info.id});
  CHECK(ids({.type = TokenType::kVerify, .live_only = true}) == Ids{open.info.id, of_eve.info.id});
  CHECK(ids({.type = TokenType::kVerify, .name = "ci"}).empty());
  const TokenInfo info = t->tokens().list({.type = TokenType::kVerify}).rows.front();
  CHECK(info.purpose == "email_verification");
  CHECK(info.email == bill.email);
  CHECK_FALSE(info.live(clock.now()));
  CHECK(ids({.expires_before = clock.now() + minutes(30)}).size() == 3);
}

TEST_CASE_METHOD(VerifyFixture, "verify: all of a user's end together, by type or with the rest") {
  const auto revoke_all = [this](const User& whose, std::optional<TokenType> type) {
    return t->tokens().revoke_all({.user = by_id(whose), .type = type}).tokens;
  };
  const auto told = [this] {
    return raw().all("SELECT detail FROM events WHERE type = 'verification_token.revoked'", 0);
  };
  const auto first = issue_verify(Purpose::kTwoFactorAuth);
  const auto second = issue_verify(Purpose::kPasswordReset);
  const auto of_eve = t->tokens().issue_verify(by_id(eve), {.purpose = Purpose::kPasswordReset});
  CHECK(revoke_all(bill, TokenType::kApi) == 0);
  CHECK(accepts(first.token));
  CHECK(told().empty());
  CHECK(revoke_all(bill, TokenType::kVerify) == 2);
  CHECK_FALSE(accepts(first.token));
  CHECK_FALSE(accepts(second.token));
  CHECK(accepts(of_eve.token));
  CHECK(revoke_all(bill, TokenType::kVerify) == 0);
  CHECK(told() == "{\"count\":2}\n");
  CHECK(revoke_all(eve, std::nullopt) == 1);
  CHECK_FALSE(accepts(of_eve.token));
  CHECK(told() == "{\"count\":2}\n{\"count\":1}\n");
}

TEST_CASE_METHOD(VerifyFixture, "verify: none begins over already") {
  for (const Seconds ttl : {Seconds(0), Seconds(-60)}) {
    CHECK(error_of([&] {
            t->tokens().issue_verify(by_id(bill), {.purpose = Purpose::kPasswordReset, .ttl = ttl});
          }) == "token.expires");
  }
  CHECK(t->tokens().list({.type = TokenType::kVerify}).rows.empty());
}

TEST_CASE("verify: a code is digits, each as likely as any other") {
  SystemRandom random;
  int counts[10] = {};
  for (int i = 0; i < 2000; ++i) {
    const SecretString code = make_code(10, random);
    for (const char digit : code.reveal()) ++counts[digit - '0'];
  }
  for (const int count : counts) CHECK((count > 1800 && count < 2200));
  CHECK_FALSE(is_code("12345"));
  CHECK_FALSE(is_code("12345678901"));
  CHECK_FALSE(is_code("12345a"));
  CHECK_FALSE(is_code(" 123456"));
}
