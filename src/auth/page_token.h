// The opaque text by which a list is continued.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tokctl::auth {

// The key columns of the last row of a page, after the name of the order they belong to.
std::string make_page_token(std::string_view order, const std::vector<std::string>& keys);

// The keys again. Throws Error(kUsage, "page.token") unless the token was made for this order with
// `count` keys.
std::vector<std::string> parse_page_token(std::string_view token, std::string_view order,
                                          std::size_t count);

// A whole number in a key. Throws as above.
std::int64_t page_token_integer(std::string_view key);

// Throws Error(kUsage, "page.limit") unless 1..kPageMax.
void check_page_limit(std::size_t limit);

// Whether there is another page: a list is read with one row more than its page holds, which is
// dropped here.
template <typename Row>
bool drop_surplus(std::vector<Row>& rows, std::size_t limit) {
  if (rows.size() <= limit) return false;
  rows.erase(rows.begin() + static_cast<std::ptrdiff_t>(limit), rows.end());
  return true;
}

}  // namespace tokctl::auth
