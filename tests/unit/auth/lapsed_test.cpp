// What was seen to expire stays refused when the clock is set back.
#include "auth/lapsed.h"

#include <catch2/catch.hpp>

#include "unit/auth/fixture.h"

using namespace tokctl;
using namespace tokctl::test;

namespace {

struct SetBack : Fixture {
  SetBack() { t->jwks().create(crypto::JwsAlgorithm::kEdDsa); }

  Refusal refusal(const Verdict& verdict) { return std::get<Refusal>(verdict); }

  User bill = user();
  const Time begin = clock.now();
};

}  // namespace

TEST_CASE_METHOD(SetBack, "lapsed: a token of any kind, in the process that saw it") {
  const auto web = issue(bill, Seconds(60));
  const auto api = t->tokens().issue_api(by_id(bill), {.expires_at = begin + Seconds(60)});
  auth::IssueJwt request{.with_refresh = true};
  request.terms.ttl = Seconds(60);
  request.refresh_ttl = Seconds(60);
  const auto jwt = t->tokens().issue_jwt(by_id(bill), request);
  const auto verify = t->tokens().issue_verify(
      by_id(bill), {.purpose = Purpose::kPasswordReset, .ttl = Seconds(60)});
  const auto unseen = issue(bill, Seconds(60));

  clock.set(begin + Seconds(600));
  for (const SecretString* token : {&web.token, &api.token, &jwt.token, &verify.token})
    CHECK(refusal(judge(*token)) == Refusal::kExpired);
  CHECK(std::get<Refusal>(t->tokens().exchange(jwt.refresh.reveal())) == Refusal::kExpired);

  clock.set(begin);
  const auto later = issue(bill, Seconds(60));
  for (const SecretString* token : {&web.token, &api.token, &jwt.token, &verify.token})
    CHECK(refusal(judge(*token)) == Refusal::kExpired);
  CHECK(std::get<Refusal>(t->tokens().exchange(jwt.refresh.reveal())) == Refusal::kExpired);
  CHECK(refusal(t->tokens().verify({.text = verify.token.reveal(),
                                    .purpose = Purpose::kPasswordReset})) == Refusal::kExpired);
  // A clock that was wrong for a moment costs nothing else.
  CHECK(accepts(unseen.token));
  CHECK(accepts(later.token));

  reopen();
  CHECK(accepts(web.token));
}

TEST_CASE_METHOD(SetBack, "lapsed: what is remembered of a token does not outlive its refusal") {
  const auto web = issue(bill, Seconds(60));
  t->upkeep().tick();
  CHECK(accepts(web.token));
  CHECK(accepts(web.token));
  REQUIRE(t->tokens().cache_stats().map_hits == 1);
  clock.set(begin + Seconds(600));
  CHECK(refusal(judge(web.token)) == Refusal::kExpired);
  clock.set(begin);
  CHECK(refusal(judge(web.token)) == Refusal::kExpired);
  CHECK(t->tokens().recall(web.token.reveal()) == nullptr);
  CHECK(t->tokens().cache_stats().entries == 1);  // it is there, and not believed
}

TEST_CASE_METHOD(SetBack, "lapsed: a token that was to be spent too late stays unspent") {
  const auto issued = t->tokens().issue_verify(
      by_id(bill), {.purpose = Purpose::kPasswordReset, .ttl = Seconds(60)});
  const auto spent = [&] {
    return t->tokens().verify({.text = issued.token.reveal(), .purpose = Purpose::kPasswordReset});
  };
  clock.set(begin + Seconds(600));
  CHECK(refusal(spent()) == Refusal::kExpired);
  clock.set(begin);
  CHECK(refusal(spent()) == Refusal::kExpired);
  CHECK(refusal(judge(issued.token)) == Refusal::kExpired);
}

TEST_CASE("lapsed: as many as there is room for") {
  SystemRandom random;
  auth::Lapsed lapsed(random);
  const Verdict expired = Refusal::kExpired;
  const Time now = from_unix(1000);
  const auto count = static_cast<int>(2 * auth::Lapsed::kMax);
  for (int i = 0; i < count; ++i) lapsed.learn(std::to_string(i), expired, now);
  const Time before = from_unix(999);
  CHECK(lapsed.holds(std::to_string(count - 1), before));
  CHECK(lapsed.holds(std::to_string(count - static_cast<int>(auth::Lapsed::kMax / 2)), before));
  CHECK_FALSE(lapsed.holds("0", before));
  CHECK_FALSE(lapsed.holds(std::to_string(count - 1), now));
  lapsed.learn("another", Verdict(Refusal::kRevoked), now);
  CHECK_FALSE(lapsed.holds("another", before));
}
