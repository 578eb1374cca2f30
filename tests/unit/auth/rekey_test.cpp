#include <catch2/catch.hpp>
#include <string>

#include "auth/opening.h"
#include "base/file.h"
#include "crypto/keyring.h"
#include "crypto/seal.h"
#include "unit/oauth/fixture.h"

using namespace tokctl;
using namespace tokctl::test;

namespace {

struct RekeyFixture : OAuthFixture {
  RekeyFixture() : before(t->database().status().active_root_key) {
    const User owner = user_with_password("bill@example.com", "correct horse");
    public_id = owner.public_id;
    for (int i = 0; i < 450; ++i) {
      save({.account = std::to_string(1000 + i), .provider = "salla"}, std::chrono::hours(1));
    }
  }
  // A second root key, and the process that knows it.
  void activate_another() {
    t.reset();
    after = auth::initialize(config(), true).root_key;
    reopen();
    t->database().activate_root_key(after);
  }
  std::int64_t sealed_under(const std::string& key) {
    const std::string like = " LIKE '" + crypto::sealed_prefix(key) + "%'";
    return std::stoll(
        raw().one("SELECT (SELECT count(*) FROM users WHERE password_hash" + like +
                  ") + (SELECT count(*) FROM oauth_providers WHERE client_secret" + like +
                  ") + (SELECT count(*) FROM oauth_grants WHERE access_token" + like +
                  ") + (SELECT count(*) FROM oauth_grants WHERE refresh_token" + like + ")"));
  }

  static constexpr std::int64_t kAll = 2 + 2 * 450;
  const std::string before;
  std::string after;
  std::string public_id;
};

}  // namespace

TEST_CASE_METHOD(RekeyFixture, "rekey: everything is sealed anew, and the old key can go") {
  CHECK(t->database().rekey().values == 0);
  activate_another();
  CHECK(error_of([&] { t->database().retire_root_key(before); }) == "key.in_use");
  CHECK(sealed_under(before) == kAll);

  std::int64_t last = 0;
  const auto done = t->database().rekey([&](std::int64_t count, std::int64_t total) {
    CHECK(count > last);
    CHECK(total == kAll);
    last = count;
  });
  CHECK(done.values == kAll);
  CHECK(done.root_key == after);
  CHECK(done.troubles.empty());
  CHECK(last == kAll);
  CHECK(sealed_under(before) == 0);
  CHECK(sealed_under(after) == kAll);
  CHECK(t->database().rekey().values == 0);

  CHECK(t->database().retire_root_key(before));
  CHECK(t->database().check().empty());
  CHECK(grants().get({.account = "1000", .provider = "salla"}).token.reveal() == "access-0");
  CHECK(std::holds_alternative<auth::LoggedIn>(
      t->users().login("bill@example.com", secret("correct horse"))));
  CHECK(events("database.rekeyed") == 2 + 2 * 3);
  t->audit().verify();
}

TEST_CASE_METHOD(RekeyFixture, "rekey: what was stopped goes on, and what does not open is left") {
  activate_another();
  raw().run(
      "UPDATE oauth_grants SET access_token = (SELECT access_token FROM oauth_grants"
      " WHERE account = '1001') WHERE account = '1000'");
  struct Stop {};
  CHECK_THROWS_AS(t->database().rekey([](std::int64_t done, std::int64_t) {
    if (done > 300) throw Stop();
  }),
                  Stop);
  CHECK(sealed_under(after) > 0);
  CHECK(sealed_under(before) > 0);
  const auto left = sealed_under(before);
  const auto done = t->database().rekey();
  CHECK(done.values == left - 1);
  CHECK(done.troubles.size() == 1);
  CHECK(sealed_under(before) == 1);
  CHECK(error_of([&] { t->database().retire_root_key(before); }) == "key.in_use");
}

TEST_CASE_METHOD(RekeyFixture, "rekey: what others change meanwhile is theirs") {
  activate_another();
  bool disturbed = false;
  t->database().rekey([&](std::int64_t, std::int64_t) {
    if (disturbed) return;
    disturbed = true;
    save({.account = "1449", .provider = "salla"}, std::chrono::hours(2));
    t->users().set_password(by_email("bill@example.com"), secret("another horse"));
  });
  CHECK(disturbed);
  CHECK(sealed_under(before) == 0);
  CHECK(t->database().check().empty());
  CHECK(std::holds_alternative<auth::LoggedIn>(
      t->users().login("bill@example.com", secret("another horse"))));
}
