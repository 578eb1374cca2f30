#include "oauth/providers.h"

#include <catch2/catch.hpp>
#include <string>

#include "unit/oauth/fixture.h"

using namespace tokctl;
using namespace tokctl::test;

namespace {

oauth::ProviderSettings settings(const std::string& client_id) {
  oauth::ProviderSettings settings;
  settings.client_id = client_id;
  return settings;
}

}  // namespace

TEST_CASE_METHOD(OAuthFixture, "oauth providers: a preset by its name, or under another") {
  auto& providers = t->oauth().providers();
  auto with_secret = settings("id");
  with_secret.client_secret = secret("s");
  CHECK(providers.add("github", {}, with_secret).token_url ==
        "https://github.com/login/oauth/access_token");
  CHECK(providers.get("github").auth_method == ClientAuth::kPost);
  CHECK(providers.add("work", "gitlab", settings("id")).revoke_url ==
        "https://gitlab.com/oauth/revoke");
  CHECK(providers.get("work").auth_method == ClientAuth::kNone);
  CHECK(error_of([&] { providers.add("x", "nobody", settings("id")); }) == "oauth.preset");
  CHECK(error_of([&] { providers.add("github", {}, with_secret); }) == "oauth.provider_exists");
  CHECK(providers.list(2, {}).rows.size() == 2);
  CHECK(events("oauth_provider.added") == 3);
}

TEST_CASE_METHOD(OAuthFixture, "oauth providers: what is missing or cannot be is refused") {
  auto& providers = t->oauth().providers();
  const auto refused = [&](const std::function<void(oauth::ProviderSettings&)>& change) {
    auto wanted = settings("id");
    wanted.token_url = "https://example.com/t";
    change(wanted);
    return error_of([&] { providers.add("x", {}, wanted); });
  };
  using Settings = oauth::ProviderSettings;
  CHECK(refused([](Settings& s) { s.token_url.reset(); }) == "oauth.no_token_url");
  CHECK(refused([](Settings& s) { s.client_id.reset(); }) == "oauth.no_client_id");
  CHECK(refused([](Settings& s) { s.auth_method = ClientAuth::kBasic; }) ==
        "oauth.no_client_secret");
  CHECK(refused([](Settings& s) { s.auth_url = "http://example.com/"; }) == "oauth.url");
  CHECK(refused([](Settings& s) { s.scope = "a  b"; }) == "oauth.scope");
  CHECK(refused([](Settings& s) { s.params = OAuthParams{{"state", "x"}}; }) == "oauth.param");
  CHECK(refused([](Settings& s) { s.client_secret = secret("a\nb"); }) == "oauth.client_secret");
  CHECK(error_of([&] { providers.add("X", {}, settings("id")); }) == "oauth.provider_name");
  CHECK(error_of([&] { providers.get("x"); }) == "oauth.provider_not_found");
}

TEST_CASE_METHOD(OAuthFixture, "oauth providers: an update says whether it changed anything") {
  auto& providers = t->oauth().providers();
  const OAuthProvider before = providers.get("salla");
  CHECK_FALSE(providers.update("salla", settings("client")).changed);
  CHECK(providers.update("salla", settings("other")).changed);
  oauth::ProviderSettings no_device;
  no_device.device_url = "";
  CHECK(providers.update("salla", no_device).provider.device_url.empty());
  CHECK(providers.get("salla").token_url == before.token_url);
  CHECK(providers.get("salla").has_secret());
  CHECK(events("oauth_provider.updated") == 2);
}

TEST_CASE_METHOD(OAuthFixture, "oauth providers: by what the issuer publishes") {
  answer = [&](const std::string&, const Fields&) {
    const std::string self = server.url("");
    return testing::http_answer(200, R"({"issuer":")" + self + R"(","token_endpoint":")" + self +
                                         R"(/found","token_endpoint_auth_methods_supported":)" +
                                         R"(["client_secret_post"]})");
  };
  auto wanted = settings("id");
  wanted.client_secret = secret("s");
  wanted.issuer = server.url("");
  wanted.auth_url = "https://example.com/mine";
  const OAuthProvider added = t->oauth().providers().add("github", {}, wanted);
  CHECK(added.issuer == server.url(""));
  CHECK(added.token_url == server.url("/found"));
  CHECK(added.auth_url == "https://example.com/mine");
  CHECK(added.auth_method == ClientAuth::kPost);
  CHECK(added.device_url.empty());
}
