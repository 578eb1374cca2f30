// How often each level had an answer.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace tokctl::cache {

struct Stats {
  std::uint64_t map_hits = 0;
  std::uint64_t map_misses = 0;
  std::uint64_t redis_hits = 0;
  std::uint64_t redis_misses = 0;
  std::uint64_t database_hits = 0;    // found valid
  std::uint64_t database_misses = 0;  // refused
};

// The counts by name, for all that treat them alike.
struct StatField {
  std::string_view name;
  std::uint64_t Stats::* count;
};
inline constexpr std::array<StatField, 6> kStatFields{
    {{"map_hits", &Stats::map_hits},
     {"map_misses", &Stats::map_misses},
     {"redis_hits", &Stats::redis_hits},
     {"redis_misses", &Stats::redis_misses},
     {"database_hits", &Stats::database_hits},
     {"database_misses", &Stats::database_misses}}};

}  // namespace tokctl::cache
