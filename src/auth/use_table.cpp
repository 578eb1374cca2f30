#include "auth/use_table.h"

#include <algorithm>
#include <bit>
#include <iterator>
#include <utility>

namespace tokctl::auth {
namespace {

constexpr std::size_t kFirstSize = 256;

}  // namespace

std::size_t UseTable::place_of(std::int64_t lookup) const {
  // Fibonacci hashing (Knuth, The Art of Computer Programming 6.4): keys are mostly consecutive.
  const auto hash = static_cast<std::uint64_t>(lookup) * 0x9E3779B97F4A7C15U;
  std::size_t at = hash >> (64 - std::countr_zero(places_.size()));
  while (places_[at].at != kFree && places_[at].lookup != lookup)
    at = (at + 1) & (places_.size() - 1);
  return at;
}

void UseTable::note(const Use& use) {
  if (4 * size_ >= 3 * places_.size()) grow();
  Use& place = places_[place_of(use.lookup)];
  if (place.at == kFree) ++size_;
  if (use.at > place.at) place = use;
}

std::optional<Time> UseTable::find(std::int64_t lookup) const {
  if (places_.empty()) return std::nullopt;
  const Use& place = places_[place_of(lookup)];
  return place.at != kFree ? std::optional(place.at) : std::nullopt;
}

std::vector<Use> UseTable::by_row() const {
  std::vector<Use> uses;
  uses.reserve(size_);
  std::ranges::copy_if(places_, std::back_inserter(uses),
                       [](const Use& use) { return use.at != kFree; });
  std::ranges::sort(uses, {}, &Use::lookup);
  return uses;
}

void UseTable::grow() {
  const std::size_t size = std::max(kFirstSize, 2 * places_.size());
  const auto uses = std::exchange(places_, std::vector<Use>(size, {0, kFree}));
  for (const Use& use : uses) {
    if (use.at != kFree) places_[place_of(use.lookup)] = use;
  }
}

}  // namespace tokctl::auth
