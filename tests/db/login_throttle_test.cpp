#include "db/login_throttle.h"

#include <catch2/catch.hpp>

#include "db/test_database.h"

namespace tokctl::db::login_throttle {
namespace {

using testing::database_kinds;
using testing::Migrated;

TEST_CASE("login throttle: what is found is updated, the rest inserted") {
  Migrated database(GENERATE(from_range(database_kinds())));
  CHECK_FALSE(find(*database, "digest", Locking::kRows));
  CHECK_FALSE(remove(*database, "digest"));
  for (const std::int64_t failures : {1, 2}) {
    const Entry entry{
        .failures = failures, .last_failure_at = from_unix(1'000), .day_failures = 40};
    failures == 1 ? insert(*database, "digest", entry) : update(*database, "digest", entry);
    const Entry found = find(*database, "digest", Locking::kNone).value();
    CHECK(found.failures == failures);
    CHECK(found.last_failure_at == from_unix(1'000));
    CHECK(found.day_failures == 40);
  }
  try {
    insert(*database, "digest", {});
    FAIL("it was there");
  } catch (const DbError& error) {
    CHECK(error.trouble() == Trouble::kBusy);  // for whoever found nothing has to look again
  }
  CHECK(remove(*database, "digest"));
  CHECK_FALSE(find(*database, "digest", Locking::kNone));
}

TEST_CASE("login throttle: pruning deletes old entries, in batches") {
  Migrated database(GENERATE(from_range(database_kinds())));
  Transaction filling(*database, Access::kWrite);
  for (int n = 0; n < 10; ++n) {
    insert(*database, "digest" + std::to_string(n), {.last_failure_at = from_unix(n)});
  }
  filling.commit();
  CHECK(prune(*database, from_unix(7), 5) == 5);
  CHECK(prune(*database, from_unix(7), 5) == 2);
  CHECK(prune(*database, from_unix(7), 5) == 0);
  CHECK(find(*database, "digest7", Locking::kNone));
}

}  // namespace
}  // namespace tokctl::db::login_throttle
