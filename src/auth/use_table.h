// When rows were last used, in memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/clock.h"

namespace tokctl::auth {

// That the row with this key was used.
struct Use {
  std::int64_t lookup = 0;
  Time at{};
};

// The latest use of each row. One block of memory, since every validation of an API token notes
// one: in a map of nodes most of that would be waiting for memory, three times.
class UseTable {
 public:
  void note(const Use& use);
  std::optional<Time> find(std::int64_t lookup) const;
  std::size_t size() const { return size_; }

  std::vector<Use> by_row() const;

 private:
  static constexpr Time kFree = Time::min();
  // Where a row's use is, or would go: from its hash on, the first place that is its own or free.
  std::size_t place_of(std::int64_t lookup) const;
  void grow();

  std::vector<Use> places_;  // a power of two, at most three quarters of it taken
  std::size_t size_ = 0;
};

}  // namespace tokctl::auth
