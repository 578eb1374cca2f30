#pragma once

#include <span>
#include <string>
#include <string_view>

namespace tokctl::cli {

// The one of `known` that somebody most likely meant who typed `typed`: at most two letters are
// wrong, missing, too many or swapped with the next, and fewer than half of them. Empty if none is.
std::string nearest(std::string_view typed, std::span<const std::string> known);

}  // namespace tokctl::cli
