// A query's answer as text, which is how drivers describe a schema.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "db/connection.h"

namespace tokctl::db {

// Every row of a query, its columns (NULL as nothing) joined by spaces.
inline std::vector<std::string> lines(Connection& connection, std::string_view sql,
                                      std::initializer_list<Value> values, int columns) {
  const auto statement = connection.prepare(sql, Locking::kNone);
  statement->execute({values.begin(), values.size()});
  std::vector<std::string> result;
  while (statement->step()) {
    std::string line;
    for (int column = 0; column < columns; ++column) {
      const std::string_view text = statement->text(column);
      if (!line.empty() && !text.empty()) line += ' ';
      line += text;
    }
    result.push_back(std::move(line));
  }
  return result;
}

}  // namespace tokctl::db
