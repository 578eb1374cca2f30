#include "auth/use_table.h"

#include <catch2/catch.hpp>
#include <limits>
#include <map>
#include <random>
#include <utility>

namespace tokctl::auth {
namespace {

TEST_CASE("use table: each row's latest use, by row, once") {
  UseTable table;
  CHECK_FALSE(table.find(1));
  CHECK(table.by_row().empty());
  table.note({2, from_unix(20)});
  table.note({1, from_unix(10)});
  table.note({2, from_unix(19)});
  CHECK(table.size() == 2);
  CHECK(table.find(2) == from_unix(20));
  table.note({2, from_unix(21)});
  CHECK_FALSE(table.find(3));

  const auto uses = table.by_row();
  REQUIRE(uses.size() == 2);
  CHECK(uses[0].lookup == 1);
  CHECK(uses[0].at == from_unix(10));
  CHECK(uses[1].lookup == 2);
  CHECK(uses[1].at == from_unix(21));

  const UseTable taken = std::exchange(table, {});
  CHECK(taken.find(2) == from_unix(21));
  CHECK(table.size() == 0);
  CHECK_FALSE(table.find(2));
  CHECK(table.by_row().empty());
}

// As a std::map would have them, however the keys lie: one after another, far apart, colliding.
TEST_CASE("use table: many rows of any keys") {
  std::mt19937_64 random(1);
  for (const std::int64_t step : {std::int64_t{1}, std::int64_t{1} << 40, std::int64_t{-256}}) {
    UseTable table;
    std::map<std::int64_t, Time> expected;
    for (int i = 0; i < 20'000; ++i) {
      const auto lookup = static_cast<std::int64_t>(random() % 6000) * step;
      const Time at = from_unix(static_cast<std::int64_t>(random() % 1000));
      const auto [old, is_new] = expected.try_emplace(lookup, at);
      old->second = std::max(old->second, at);
      table.note({lookup, at});
    }
    table.note({std::numeric_limits<std::int64_t>::min(), from_unix(0)});
    expected[std::numeric_limits<std::int64_t>::min()] = from_unix(0);
    CHECK(table.size() == expected.size());
    bool found = true;
    for (const auto& [lookup, at] : expected) found = found && table.find(lookup) == at;
    CHECK(found);
    CHECK_FALSE(table.find(7000 * step));
    std::map<std::int64_t, Time> taken;
    for (const Use& use : table.by_row()) taken.emplace_hint(taken.end(), use.lookup, use.at);
    CHECK(taken == expected);
  }
}

}  // namespace
}  // namespace tokctl::auth
