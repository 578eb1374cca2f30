#include "cli/nearest.h"

#include <algorithm>
#include <array>

namespace tokctl::cli {
namespace {

constexpr std::size_t kLongest = 32;  // of what is compared; nothing known is longer
constexpr std::size_t kWrong = 2;

// Optimal string alignment: how many letters are wrong, missing, too many or swapped.
std::size_t distance(std::string_view a, std::string_view b) {
  std::array<std::array<std::size_t, kLongest + 1>, kLongest + 1> cost{};
  for (std::size_t i = 0; i <= a.size(); ++i) cost[i][0] = i;
  for (std::size_t j = 0; j <= b.size(); ++j) cost[0][j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    for (std::size_t j = 1; j <= b.size(); ++j) {
      cost[i][j] = std::min({cost[i - 1][j] + 1, cost[i][j - 1] + 1,
                             cost[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        cost[i][j] = std::min(cost[i][j], cost[i - 2][j - 2] + 1);
      }
    }
  }
  return cost[a.size()][b.size()];
}

}  // namespace

std::string nearest(std::string_view typed, std::span<const std::string> known) {
  std::string_view best;
  std::size_t least = kWrong + 1;
  if (typed.size() > kLongest) return {};
  for (const std::string& word : known) {
    if (word.size() > kLongest) continue;
    const std::size_t wrong = distance(typed, word);
    if (wrong < least && 2 * wrong < word.size()) {
      least = wrong;
      best = word;
    }
  }
  return std::string(best);
}

}  // namespace tokctl::cli
