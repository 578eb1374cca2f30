#include "db/postgres/dialect.h"

#include <algorithm>
#include <cstddef>

namespace tokctl::db::postgres {
namespace {

bool is_word(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
}

// The length of the text type that `rest` begins with, or 0.
std::size_t text_type(std::string_view rest) {
  const auto ends = [&](std::size_t size) { return size == rest.size() || !is_word(rest[size]); };
  if (rest.starts_with("TEXT") && ends(4)) return 4;
  if (rest.starts_with("VARCHAR(")) return std::min(rest.find(')'), rest.size() - 1) + 1;
  return 0;
}

}  // namespace

std::string by_bytes(std::string_view ddl) {
  std::string result;
  char before = ' ';
  while (!ddl.empty()) {
    std::size_t size = 1;
    if (ddl.front() == '\'') {
      size = std::min(ddl.find('\'', 1), ddl.size() - 1) + 1;
      result += ddl.substr(0, size);
    } else if (const std::size_t type = is_word(before) ? 0 : text_type(ddl); type > 0) {
      size = type;
      result.append(ddl.substr(0, size)).append(" COLLATE \"C\"");
    } else {
      result += ddl.front();
    }
    before = ddl[size - 1];
    ddl.remove_prefix(size);
  }
  return result;
}

}  // namespace tokctl::db::postgres
