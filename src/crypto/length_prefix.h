// LP(x): a 4-byte big-endian length, then x. Makes a sequence of fields unambiguous.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <stdexcept>

namespace tokctl::crypto {

inline std::array<std::uint8_t, 4> length_prefix(std::size_t size) {
  if (size > std::numeric_limits<std::uint32_t>::max()) throw std::length_error("length_prefix");
  return {static_cast<std::uint8_t>(size >> 24), static_cast<std::uint8_t>(size >> 16),
          static_cast<std::uint8_t>(size >> 8), static_cast<std::uint8_t>(size)};
}

}  // namespace tokctl::crypto
