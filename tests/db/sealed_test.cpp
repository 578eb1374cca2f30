#include "db/sealed.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <set>

#include "db/jwk.h"
#include "db/oauth_grant.h"
#include "db/oauth_provider.h"
#include "db/test_database.h"
#include "embedded/schema_sql.h"

namespace tokctl::db {
namespace {

using testing::database_kinds;
using testing::uuid;

// The columns of type TEXT in schema.sql, as table.column.
std::set<std::string> text_columns() {
  std::set<std::string> columns;
  std::string table;
  std::string_view schema = embedded::kSchemaSql;
  while (!schema.empty()) {
    const auto end = std::min(schema.find('\n'), schema.size());
    const std::string_view line = schema.substr(0, end);
    schema.remove_prefix(std::min(end + 1, schema.size()));
    constexpr std::string_view kCreate = "CREATE TABLE ";
    if (line.starts_with(kCreate)) {
      table = line.substr(kCreate.size(), line.find(' ', kCreate.size()) - kCreate.size());
    } else if (line.starts_with("  ") && line.find(" TEXT") != std::string_view::npos) {
      columns.insert(table + "." + std::string(line.substr(2, line.find(' ', 2) - 2)));
    }
  }
  return columns;
}

// A sealed value is long, so its column is TEXT. Whoever adds one of that type says which it is.
TEST_CASE("sealed: every column of long text is sealed or known not to be") {
  std::set<std::string> sealed;
  for (const SealedColumn& column : sealed_columns()) {
    sealed.insert(std::string(column.table) + "." + std::string(column.column));
  }
  const std::set<std::string> open{"api_tokens.scopes",
                                   "api_tokens.info",
                                   "events.detail",
                                   "oauth_providers.client_id",
                                   "oauth_providers.issuer",
                                   "oauth_providers.auth_url",
                                   "oauth_providers.token_url",
                                   "oauth_providers.device_url",
                                   "oauth_providers.revoke_url",
                                   "oauth_providers.scope",
                                   "oauth_providers.params",
                                   "oauth_grants.scope",
                                   "oauth_grants.last_error",
                                   "users.roles",
                                   "refresh_tokens.terms"};
  std::set<std::string> known = open;
  known.insert(sealed.begin(), sealed.end());
  CHECK(sealed.size() + open.size() == known.size());
  CHECK(text_columns() == known);
}

TEST_CASE("sealed: each column is counted, listed and replaced") {
  testing::Migrated database(GENERATE(from_range(database_kinds())));
  for (int i = 1; i <= 5; ++i) {
    auto user = testing::user_row(i);
    user.secrets.password_hash = user.secrets.kit_hash = user.secrets.kit_email =
        i == 5 ? "other" : "seal" + std::to_string(i);
    if (i == 4) user.secrets = {.private_id = user.secrets.private_id};
    users::insert(*database, user);
  }
  for (int i = 1; i <= 5; ++i) {
    const std::string number = std::to_string(i);
    const std::optional<std::string> value = i == 4   ? std::nullopt
                                             : i == 5 ? std::optional<std::string>("other")
                                                      : std::optional("seal" + number);
    oauth_providers::insert(*database, {.provider = {.name = number}, .client_secret = value});
    oauth_grants::insert(*database,
                         {.grant = {.id = uuid(i), .ref = {.account = "a", .provider = number}},
                          .access_token = value,
                          .refresh_token = value,
                          .lease_until = {}});
    jwks::insert(*database, {.info = {.kid = number, .state = JwkState::kVerifying},
                             .type = {},
                             .jwk = value.value_or("")});
  }
  for (const SealedColumn& column : sealed_columns()) {
    INFO(column.table << "." << column.column);
    // In the first two a value that is missing counts, for it does not open.
    const bool needed = column.column == "client_secret" || column.column == "access_token";
    CHECK(count_sealed(*database, column, "") == (needed ? 5 : 4));
    CHECK(count_sealed(*database, column, "seal") == (needed ? 2 : 1));
    CHECK(has_sealed(*database, column, "seal"));
    CHECK_FALSE(has_sealed(*database, column, "sealed"));
    CHECK_FALSE(has_sealed(*database, column, ""));

    const auto first = list_sealed(*database, column, "other", "", 2);
    REQUIRE(first.size() == 2);
    CHECK(first[0].value == "seal1");
    const auto rest = list_sealed(*database, column, "other", first[1].key, 2);
    REQUIRE(rest.size() == (needed ? 2 : 1));
    CHECK(rest[0].value == "seal3");
    if (needed) CHECK(rest[1].value.empty());

    CHECK(replace_sealed(*database, column, rest[0], "other3"));
    CHECK_FALSE(replace_sealed(*database, column, rest[0], "other4"));
    CHECK(count_sealed(*database, column, "other") == (needed ? 3 : 2));
  }
}

TEST_CASE("sealed: what a value is bound to is read as it is written") {
  testing::Migrated database(GENERATE(from_range(database_kinds())));
  const OAuthProvider provider{.name = "name",
                               .client_id = "id",
                               .auth_method = ClientAuth::kPost,
                               .issuer = "issuer",
                               .auth_url = "auth",
                               .token_url = "token",
                               .device_url = "device",
                               .revoke_url = "revoke",
                               .scope = "scope",
                               .params = {{"b", "\"1\\"}, {"a", "2"}}};
  oauth_providers::insert(*database, {.provider = provider, .client_secret = "s"});
  OAuthGrant grant{.id = uuid(1),
                   .ref = {.account = "\xc3\xa9 '", .provider = "name", .label = "label"},
                   .kind = GrantKind::kDevice,
                   .scope = "a b"};
  oauth_grants::insert(
      *database, {.grant = grant, .access_token = "s", .refresh_token = "s", .lease_until = {}});
  const auto bound = [&](std::string_view name) {
    for (const SealedColumn& column : sealed_columns()) {
      if (column.column != name) continue;
      const auto page = list_sealed(*database, column, "", "", 10);
      return page.empty() ? "none" : page[0].bound;
    }
    return std::string("no such column");
  };
  const auto found = oauth_providers::find(*database, "name").value();
  CHECK(bound("client_secret") == oauth_providers::bound(provider));
  CHECK(bound("client_secret") == oauth_providers::bound(found.provider));
  CHECK(bound("access_token") == oauth_grants::access_bound(grant));
  CHECK(bound("refresh_token") == oauth_grants::refresh_bound(grant));

  // One that was revoked has none, and needs none.
  grant.state = GrantState::kRevoked;
  oauth_grants::update(
      *database, {.grant = grant, .access_token = {}, .refresh_token = {}, .lease_until = {}});
  CHECK(bound("access_token") == "none");
}

}  // namespace
}  // namespace tokctl::db
