#include "base/names.h"

#include <catch2/catch.hpp>
#include <stdexcept>

namespace tokctl {
namespace {

enum class Colour { kRed, kGreen };
constexpr auto kNames = names_of<Colour>("red", "green");
static_assert(kNames[Colour::kGreen] == "green");

TEST_CASE("names go both ways") {
  CHECK(kNames.find("red") == Colour::kRed);
  CHECK(kNames.find("green") == Colour::kGreen);
  CHECK_FALSE(kNames.find("Green"));
  CHECK_FALSE(kNames.find("gree"));
  CHECK_FALSE(kNames.find(""));
}

TEST_CASE("a value outside the enumeration has no name") {
  CHECK_THROWS_AS(kNames[static_cast<Colour>(2)], std::out_of_range);
}

}  // namespace
}  // namespace tokctl
