#include "db/oauth_provider.h"

#include <catch2/catch.hpp>

#include "db/test_database.h"
#include "support/error.h"

namespace tokctl::db::oauth_providers {
namespace {

using testing::database_kinds;
using testing::Migrated;

ProviderRow full_row(const std::string& name) {
  return {.provider = {.name = name,
                       .client_id = "client \"one\"",
                       .auth_method = ClientAuth::kPost,
                       .issuer = "https://example.com",
                       .auth_url = "https://example.com/a",
                       .token_url = "https://example.com/t",
                       .device_url = "https://example.com/d",
                       .revoke_url = "https://example.com/r",
                       .scope = "a b",
                       .params = {{"b", "it's \\ \"x\""}, {"a", ""}},
                       .created_at = from_unix(1'700'000'000),
                       .updated_at = from_unix(1'700'000'001)},
          .client_secret = "sealed"};
}

void check_equal(const ProviderRow& a, const ProviderRow& b) {
  CHECK(a.provider.name == b.provider.name);
  CHECK(a.provider.client_id == b.provider.client_id);
  CHECK(a.provider.has_secret() == b.provider.has_secret());
  CHECK(a.provider.auth_method == b.provider.auth_method);
  CHECK(a.provider.issuer == b.provider.issuer);
  CHECK(a.provider.auth_url == b.provider.auth_url);
  CHECK(a.provider.token_url == b.provider.token_url);
  CHECK(a.provider.device_url == b.provider.device_url);
  CHECK(a.provider.revoke_url == b.provider.revoke_url);
  CHECK(a.provider.scope == b.provider.scope);
  CHECK(OAuthParams(a.provider.params) == b.provider.params);
  CHECK(a.provider.created_at == b.provider.created_at);
  CHECK(a.provider.updated_at == b.provider.updated_at);
  CHECK(a.client_secret == b.client_secret);
}

TEST_CASE("oauth providers: a row comes back as it was written") {
  Migrated database(GENERATE(from_range(database_kinds())));
  ProviderRow row = full_row("one");
  row.provider.params = {{"a", ""}, {"b", "it's \\ \"x\""}};  // a JSON object: ordered by name
  insert(*database, row);
  insert(*database, {.provider = {.name = "two"}, .client_secret = {}});
  check_equal(find(*database, "one").value(), row);
  check_equal(find(*database, "two").value(), {.provider = {.name = "two"}, .client_secret = {}});
  CHECK_FALSE(find(*database, "three"));
  CHECK(testing::code_of([&] { insert(*database, full_row("one")); }) == Code::kConflict);

  ProviderRow next{.provider = {.name = "one", .created_at = row.provider.created_at},
                   .client_secret = {}};
  CHECK(update(*database, next));
  check_equal(find(*database, "one").value(), next);
  CHECK_FALSE(update(*database, full_row("three")));
  CHECK(remove(*database, "one"));
  CHECK_FALSE(remove(*database, "one"));
}

TEST_CASE("oauth providers: a list is in order and goes on where it stopped") {
  Migrated database(GENERATE(from_range(database_kinds())));
  for (const char* name : {"gitlab", "a", "github"}) insert(*database, full_row(name));
  const auto first = list(*database, "", 2);
  REQUIRE(first.size() == 2);
  CHECK(first[0].name == "a");
  CHECK(first[1].name == "github");
  const auto rest = list(*database, "github");
  REQUIRE(rest.size() == 1);
  CHECK(rest[0].name == "gitlab");
  CHECK(names_with_prefix(*database, "git", 5) == std::vector<std::string>{"github", "gitlab"});
}

}  // namespace
}  // namespace tokctl::db::oauth_providers
