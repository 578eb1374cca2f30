// What OAuth makes of connections to the database that die.
#include <catch2/catch.hpp>
#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "unit/auth/faulty_fixture.h"
#include "unit/oauth/fixture.h"

using namespace tokctl;
using namespace tokctl::test;

using std::chrono::minutes;

namespace {

struct FaultyOAuth : Faulty<OAuthFixture> {
  // Reads and changes in every way there is, and says what came of it.
  std::vector<std::string> everything() {
    calls = 0;
    auto& oauth = t->oauth();
    const GrantRef bob{.account = "bob", .provider = "salla"};
    add_provider("other");
    std::vector<std::string> told;
    const auto tell = [&](const auto& value) { told.push_back(std::string(value)); };
    tell(oauth.providers().get("salla").token_url);
    for (const auto& provider : oauth.providers().list(10, {}).rows) tell(provider.name);
    for (const auto& name : oauth.providers().names_with_prefix("o", 10)) tell(name);
    oauth.providers().remove("other");
    save(kAlice, minutes(60));
    save(bob, minutes(60));
    tell(token());
    clock.advance(minutes(58));
    tell(token());
    tell(std::to_string(grants().refresh_due(minutes(5)).refreshed));
    tell(std::to_string(grants().refresh_all().refreshed));
    tell(to_text(grants().refresh(bob).state));
    tell(oauth.login().start(bob, "http://127.0.0.1/callback", {}).redirect_uri);
    tell(to_text(oauth.login().client_credentials(bob, "jobs").kind));
    for (const auto& grant : grants().list({.account = {}, .provider = {}, .page_token = {}}).rows)
      tell(grant.ref.account);
    for (const auto& account : grants().accounts_with_prefix("a", 10)) tell(account);
    grants().revoke(kAlice);
    tell(to_text(grant().state));
    grants().remove(kAlice);
    grants().remove(bob);
    tell("calls " + std::to_string(calls));
    t->audit().verify();
    return told;
  }
};

}  // namespace

TEST_CASE_METHOD(FaultyOAuth, "oauth: goes on, whichever statement a connection dies at") {
  open_faulty();
  const auto expected = everything();
  int last = 0;  // how many statements there are
  for (int n = 1; n == 1 || last >= n; ++n) {
    CAPTURE(n);
    last = 0;
    driver->fault = [&](At at) {
      if (at == At::kExecute && ++last == n) testing::gone();
    };
    REQUIRE(everything() == expected);
  }
  CHECK(last > 100);
}
