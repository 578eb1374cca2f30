// Lists are read page by page, by key: constant memory however long they are.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace tokctl {

inline constexpr std::size_t kPageMax = 1000;

template <typename Row>
struct Page {
  std::vector<Row> rows;
  std::string next;  // opaque; give it back to continue. Empty: this was the last page.
};

}  // namespace tokctl
