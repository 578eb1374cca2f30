#include "db/root_key.h"

#include <catch2/catch.hpp>

#include "db/test_database.h"
#include "support/error.h"

namespace tokctl::db::root_keys {
namespace {

using testing::database_kinds;
using testing::Migrated;

TEST_CASE("root keys: one is active, and states come back as they were written") {
  Migrated database(GENERATE(from_range(database_kinds())));
  CHECK(list(*database).empty());
  CHECK_FALSE(active(*database));
  insert(*database, {.id = "second", .state = State::kLive, .created_at = from_unix(20)});
  insert(*database, {.id = "first",
                     .state = State::kActive,
                     .created_at = from_unix(10),
                     .activated_at = from_unix(11)});
  CHECK(active(*database) == "first");
  CHECK(testing::code_of([&] { insert(*database, {.id = "first"}); }) == Code::kConflict);

  CHECK(update(*database, {.id = "first",
                           .state = State::kRetired,
                           .created_at = from_unix(10),
                           .activated_at = from_unix(11),
                           .retired_at = from_unix(30)}));
  CHECK_FALSE(update(*database, {.id = "third"}));
  CHECK_FALSE(active(*database));
  const auto entries = list(*database);
  REQUIRE(entries.size() == 2);
  CHECK(entries[0].id == "first");
  CHECK(entries[0].state == State::kRetired);
  CHECK(entries[0].created_at == from_unix(10));
  CHECK(entries[0].activated_at == from_unix(11));
  CHECK(entries[0].retired_at == from_unix(30));
  CHECK(entries[1].id == "second");
  CHECK(entries[1].state == State::kLive);
  CHECK_FALSE(entries[1].activated_at);
}

}  // namespace
}  // namespace tokctl::db::root_keys
