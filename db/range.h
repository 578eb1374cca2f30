// Bounds for ranges over keys. A query whose filter is optional is still one complete literal: an
// open side gets a bound that nothing is beyond.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace tokctl::db {

// A place in a list in order of creation: right behind the row of that time and id.
struct Place {
  Time created_at;
  std::string id;
};

inline constexpr std::int64_t kEarliest = std::numeric_limits<std::int64_t>::min();
inline constexpr std::int64_t kLatest = std::numeric_limits<std::int64_t>::max();

// Where the texts that begin with `prefix` end: U+10FFFF is no character, so none of them has it
// next.
inline std::string past_prefix(std::string_view prefix) {
  return std::string(prefix) + "\U0010FFFF";
}

}  // namespace tokctl::db
