// What a completion offers: the texts of a column that begin with what somebody has typed.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "db/handle.h"
#include "db/range.h"
#include "db/sql.h"

namespace tokctl::db {

// In order, from a column that is a key or has an index.
template <Part Column, Part Table>
std::vector<std::string> texts_with_prefix(Handle& db, std::string_view prefix, std::size_t limit) {
  static constexpr Sql kFind =
      Sql::of<"SELECT ", Column, " FROM ", Table, " WHERE ", Column, " >= ? AND ", Column,
              " < ? ORDER BY ", Column, " LIMIT ?">();
  std::vector<std::string> texts;
  db.each(
      kFind, [&](const Row& row) { texts.push_back(row.string(0)); }, prefix, past_prefix(prefix),
      limit);
  return texts;
}

}  // namespace tokctl::db
