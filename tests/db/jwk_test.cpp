#include "db/jwk.h"

#include <catch2/catch.hpp>

#include "db/test_database.h"

namespace tokctl::db::jwks {
namespace {

using testing::database_kinds;
using testing::Migrated;

Row row_of(const std::string& kid, std::int64_t created, const std::string& type = "EC") {
  return {.info = {.kid = kid,
                   .algorithm = "ES256",
                   .created_at = from_unix(created),
                   .tokens_until = from_unix(created)},
          .type = type,
          .jwk = "sealed-" + kid};
}

TEST_CASE("jwks: a key signs, then verifies, then is retired and gone") {
  Migrated database(GENERATE(from_range(database_kinds())));
  Row row = row_of("k-1", 1000);
  insert(*database, row);
  auto found = find(*database, "k-1", Locking::kRows).value();
  CHECK(found.info.algorithm == "ES256");
  CHECK(found.info.state == JwkState::kSigning);
  CHECK(found.info.created_at == from_unix(1000));
  CHECK(found.type == "EC");
  CHECK(found.jwk == "sealed-k-1");
  CHECK(find_signing(*database, "EC").value().info.kid == "k-1");
  CHECK_FALSE(find_signing(*database, "RSA"));

  found.info.state = JwkState::kVerifying;
  found.info.rotated_at = from_unix(1500);
  CHECK(update(*database, found));
  CHECK_FALSE(find_signing(*database, "EC"));
  found = find(*database, "k-1").value();
  CHECK(found.info.state == JwkState::kVerifying);
  CHECK(found.info.rotated_at == from_unix(1500));
  CHECK(found.jwk == "sealed-k-1");

  found.info.state = JwkState::kRetired;
  found.info.retired_at = from_unix(2000);
  found.jwk.clear();
  CHECK(update(*database, found));
  found = find(*database, "k-1").value();
  CHECK(found.info.state == JwkState::kRetired);
  CHECK(found.jwk.empty());
  CHECK_FALSE(update(*database, row_of("nobody", 1)));
  CHECK_FALSE(find(*database, "K-1"));
}

TEST_CASE("jwks: one key of a type signs, whoever else would") {
  Migrated database(GENERATE(from_range(database_kinds())));
  insert(*database, row_of("k-1", 1000));
  insert(*database, row_of("r-1", 900, "RSA"));
  CHECK_THROWS_AS(insert(*database, row_of("k-2", 1001)), DbError);
  CHECK_THROWS_AS(insert(*database, row_of("k-1", 1001, "OKP")), DbError);
  Row first = find(*database, "k-1").value();
  first.info.state = JwkState::kVerifying;
  update(*database, first);
  insert(*database, row_of("k-2", 1001));
  std::vector<std::string> kids;
  for (const Row& row : list(*database)) kids.push_back(row.info.kid);
  CHECK(kids == std::vector<std::string>{"r-1", "k-1", "k-2"});
}

TEST_CASE("jwks: the life of what was signed is never set back") {
  Migrated database(GENERATE(from_range(database_kinds())));
  insert(*database, row_of("k-1", 1000));
  const auto until = [&] { return find(*database, "k-1").value().info.tokens_until; };
  extend(*database, "k-1", from_unix(5000));
  CHECK(until() == from_unix(5000));
  extend(*database, "k-1", from_unix(4000));
  CHECK(until() == from_unix(5000));
}

}  // namespace
}  // namespace tokctl::db::jwks
