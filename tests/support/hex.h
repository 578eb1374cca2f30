// Bytes as a test vector spells them.
#pragma once

#include <catch2/catch.hpp>
#include <string_view>

#include "base/encoding.h"

namespace tokctl::testing {

inline Bytes hex(std::string_view text) {
  const auto bytes = hex_decode(text);
  REQUIRE(bytes);
  return *bytes;
}

}  // namespace tokctl::testing
