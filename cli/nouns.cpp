#include "cli/nouns.h"

#include <array>

namespace tokctl::cli {

std::span<const Noun> nouns() {
  static const std::array<Noun, 1> kNouns{{
      {"version", "Show the version", add_version},
  }};
  return kNouns;
}

}  // namespace tokctl::cli
