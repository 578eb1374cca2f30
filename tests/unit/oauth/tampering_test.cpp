// Rows that somebody changes who writes the database and has no root key. tests/cli has each
// column.
#include <catch2/catch.hpp>
#include <string>

#include "unit/oauth/fixture.h"

using namespace tokctl;
using namespace tokctl::test;
using std::chrono::minutes;

namespace {

// While somebody waits, something happens.
class EventfulClock final : public Clock {
 public:
  Time now() const override { return clock_.now(); }
  Steady steady() const override { return clock_.steady(); }
  void sleep_until(Steady moment) override {
    if (meanwhile) meanwhile();
    clock_.sleep_until(moment);
  }

  std::function<void()> meanwhile;

 private:
  ManualClock clock_;
};

}  // namespace

TEST_CASE_METHOD(OAuthFixture, "oauth tampering: a provider that was edited is not asked") {
  save(kAlice, minutes(60));
  raw().run("UPDATE oauth_providers SET token_url = '" + server.url("/elsewhere") + "'");
  clock.advance(minutes(56));  // the token is good still, but nobody is to get used to it
  CHECK(error_of([&] { token(); }) == "seal.broken");
  CHECK(error_of([&] { grants().refresh(kAlice); }) == "seal.broken");
  CHECK(error_of([&] { t->oauth().login().start(kAlice, "https://example.com/", ""); }) ==
        "seal.broken");
  oauth::ProviderSettings settings;
  settings.scope = "more";
  CHECK(error_of([&] { t->oauth().providers().update("salla", settings); }) == "seal.broken");
  CHECK(grants().refresh_due(minutes(5)).failed == 1);
  CHECK(server.requests().empty());
  CHECK(t->database().check().size() == 1);
  // Its grants can be ended here, which tells it nothing.
  CHECK(error_of([&] { grants().revoke(kAlice, false); }) == "seal.broken");
  CHECK(grants().revoke(kAlice, true).changed);
  CHECK(server.requests().empty());
}

TEST_CASE_METHOD(OAuthFixture, "oauth tampering: a public client's secret is one that is empty") {
  oauth::ProviderSettings settings;
  settings.client_id = "client";
  settings.token_url = server.url("/token");
  settings.params = OAuthParams{{"b", "1"}, {"a", "2"}};
  auto& providers = t->oauth().providers();
  CHECK_FALSE(providers.add("public", {}, settings).has_secret());
  const GrantRef ref{.account = "alice", .provider = "public"};
  save(ref, minutes(60));
  grants().refresh(ref);
  CHECK(calls == 1);
  settings = {};
  settings.scope = "more";
  CHECK(providers.update("public", settings).changed);
  grants().refresh(ref);
  CHECK(calls == 2);
  // A secret comes, is put aside, and is there still.
  settings = {};
  settings.client_secret = secret("s");
  settings.auth_method = ClientAuth::kPost;
  CHECK(providers.update("public", settings).provider.has_secret());
  settings = {};
  settings.auth_method = ClientAuth::kNone;
  CHECK_FALSE(providers.update("public", settings).provider.has_secret());
  settings.auth_method = ClientAuth::kBasic;
  CHECK(providers.update("public", settings).provider.has_secret());
  CHECK(t->database().check().empty());

  raw().run("UPDATE oauth_providers SET client_secret = NULL WHERE name = 'public'");
  CHECK(error_of([&] { grants().refresh(ref); }) == "seal.broken");
  CHECK(t->database().check().size() == 1);
  CHECK(calls == 2);
  CHECK(providers.list(10, {}).rows.size() == 2);
  grants().remove(ref);
  providers.remove("public");
  CHECK(t->database().check().empty());
}

TEST_CASE_METHOD(OAuthFixture, "oauth tampering: an answer is not kept for somebody else") {
  save(kAlice, minutes(60));
  clock.advance(minutes(60));
  const char* edit = GENERATE("account = 'mallory'", "label = 'mallory'",
                              "kind = 'client_credentials'", "scope = 'more'");
  answer = [&](const std::string&, const Fields&) {
    raw().run(std::string("UPDATE oauth_grants SET ") + edit);
    return testing::http_answer(200, R"({"access_token":"new","refresh_token":"r"})");
  };
  CHECK(error_of([&] { token(); }) == "seal.broken");
  CHECK(raw().one("SELECT generation FROM oauth_grants") == "1");
  CHECK(t->database().check().size() >= 1);
}

TEST_CASE_METHOD(OAuthFixture, "oauth tampering: names swapped while somebody waits") {
  save(kAlice, minutes(60));
  const GrantRef mallory{.account = "mallory", .provider = "salla"};
  // What mallory asks for is alice's, being refreshed; then it is alice's again, and opens.
  raw().run(
      "UPDATE oauth_grants SET account = 'mallory', expires_at = 1, lease_id = 'x',"
      " lease_until = 9000000000");
  EventfulClock eventful;
  int waited = 0;
  eventful.meanwhile = [&] {
    ++waited;
    raw().run(
        "UPDATE oauth_grants SET account = 'alice', expires_at = 9000000000, lease_id = NULL,"
        " lease_until = NULL");
  };
  Tokctl other = open(config(), eventful, random);
  CHECK(error_of([&] { other.oauth().grants().get(mallory); }) == "oauth.grant_not_found");
  CHECK(waited == 1);
  CHECK(token() == "access-0");
}
