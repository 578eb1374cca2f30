// A file that is a string, given in pieces of at most `piece` bytes.
#pragma once

#include <algorithm>
#include <memory>
#include <string>

#include "model/text_input.h"

namespace tokctl::test {

inline ReadBytes text_source(std::string text, std::size_t piece = std::size_t{1} << 20) {
  return [text = std::make_shared<const std::string>(std::move(text)), piece,
          at = std::size_t{0}](std::span<char> out) mutable {
    const std::size_t size = std::min({out.size(), piece, text->size() - at});
    std::copy_n(text->data() + at, size, out.data());
    at += size;
    return size;
  };
}

}  // namespace tokctl::test
