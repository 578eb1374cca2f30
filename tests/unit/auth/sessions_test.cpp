#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "unit/auth/fixture.h"

using namespace tokctl;
using namespace tokctl::test;

namespace {

using std::chrono::hours;

struct SessionsFixture : Fixture {
  Session begin(const auth::NewSession& request = {}) {
    return t->sessions().create(by_id(bill), request).session;
  }
  std::vector<std::string> ids(auth::SessionQuery query) {
    std::vector<std::string> all;
    do {
      auto page = t->sessions().list(query);
      CHECK(page.rows.size() <= query.limit);
      for (const Session& session : page.rows) all.push_back(session.session_id);
      query.page_token = page.next;
    } while (!query.page_token.empty());
    return all;
  }

  User bill = user();
};

using Ids = std::vector<std::string>;

}  // namespace

TEST_CASE_METHOD(SessionsFixture, "session: it is looked up by its id, and ended by it, once") {
  const Session made = begin({.expires_at = clock.now() + hours(1), .source = "web"});
  CHECK(t->sessions().get(made.session_id).source == "web");
  CHECK(t->sessions().get(made.session_id).expires_at == clock.now() + hours(1));
  clock.advance(Seconds(60));
  CHECK(t->sessions().revoke(made.session_id));
  CHECK(t->sessions().get(made.session_id).revoked_at == clock.now());
  CHECK_FALSE(t->sessions().revoke(made.session_id));

  CHECK_FALSE(t->sessions().find(bill.public_id));
  CHECK(error_of([&] { t->sessions().get(bill.public_id); }) == "session.not_found");
  CHECK(error_of([&] { t->sessions().revoke(bill.public_id); }) == "session.not_found");
  CHECK_THROWS_WITH(t->sessions().get("a\nb"),
                    Catch::Matchers::Contains("session a") && !Catch::Matchers::Contains("\n"));
}

TEST_CASE_METHOD(SessionsFixture,
                 "session: none begins over already, or with a source that is none") {
  t->jwks().create(crypto::JwsAlgorithm::kEdDsa);
  CHECK(error_of([&] { begin({.expires_at = clock.now()}); }) == "session.expires");
  CHECK(error_of([&] { begin({.expires_at = clock.now() - hours(1)}); }) == "session.expires");
  CHECK(error_of([&] { issue(bill, Seconds(0)); }) == "session.expires");
  for (const std::string& source : {std::string("Web"), std::string("a b"), std::string(41, 'a')}) {
    CAPTURE(source);
    CHECK(error_of([&] { begin({.source = source}); }) == "session.source");
    CHECK(error_of([&] { t->tokens().issue_jwt(by_id(bill), {.source = source}); }) ==
          "session.source");
    CHECK(error_of([&] {
            t->tokens().issue_web(by_id(bill), {.expires_at = {}, .source = source});
          }) == "session.source");
  }
  CHECK(t->sessions().list({}).rows.empty());
  begin({.expires_at = clock.now() + Seconds(1), .source = std::string(40, 'a')});
  CHECK(t->sessions().list({}).rows.size() == 1);
}

TEST_CASE_METHOD(SessionsFixture, "session: listed page by page, those that live alone if asked") {
  const User eve = user("eve@example.com");
  Ids whole;
  for (int i = 0; i < 7; ++i) {
    whole.push_back(begin().session_id);
    clock.advance(Seconds(1));
  }
  for (const std::size_t limit : {1U, 2U, 3U, 6U, 7U, 8U}) CHECK(ids({.limit = limit}) == whole);
  CHECK(ids({.descending = true, .limit = 3}) == Ids(whole.rbegin(), whole.rend()));
  CHECK(t->sessions().list({.limit = 3}).rows.size() == 3);
  CHECK_FALSE(t->sessions().list({.limit = 6}).next.empty());
  CHECK(t->sessions().list({.limit = 7}).next.empty());  // a full page that is the last
  CHECK(error_of([&] { t->sessions().list({.limit = 0}); }) == "page.limit");
  CHECK(error_of([&] { t->sessions().list({.limit = kPageMax + 1}); }) == "page.limit");
  CHECK(error_of([&] { t->sessions().list({.page_token = "bm9uc2Vuc2U"}); }) == "page.token");

  t->sessions().revoke(whole.front());
  const Session brief = begin({.expires_at = clock.now() + Seconds(10)});
  clock.advance(Seconds(10));
  CHECK(ids({.live_only = true}) == Ids(whole.begin() + 1, whole.end()));
  CHECK(ids({}).size() == 8);
  CHECK(ids({.expires_before = clock.now() + Seconds(1)}) == Ids{brief.session_id});
  CHECK(ids({.kind = SessionKind::kJwt}).empty());
  CHECK(ids({.user = by_id(eve)}).empty());
  CHECK(t->sessions().latest(by_id(bill), SessionKind::kWeb)->session_id == whole.back());
}

TEST_CASE_METHOD(SessionsFixture,
                 "session: those that are over are swept, and it is told how far") {
  for (int i = 0; i < 3; ++i) begin({.expires_at = clock.now() + Seconds(10)});
  const Session lives = begin();
  clock.advance(Seconds(11));
  std::vector<std::pair<std::int64_t, std::int64_t>> told;
  const auto tell = [&](std::int64_t done, std::int64_t total) { told.emplace_back(done, total); };
  CHECK(t->sessions().prune(clock.now(), tell) == 3);
  CHECK(told == std::vector{std::pair(std::int64_t{3}, std::int64_t{3})});
  CHECK(ids({}) == Ids{lives.session_id});
}
