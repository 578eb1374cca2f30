// What has to hold for every input. A fuzzer reports an abort as it does a crash.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <span>
#include <string_view>

#include "base/encoding.h"

namespace tokctl::fuzz {

inline void require(bool condition) {
  if (!condition) std::abort();
}

inline std::string_view text_of(const std::uint8_t* data, std::size_t size) {
  return as_text({data, size});
}

}  // namespace tokctl::fuzz
