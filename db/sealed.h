// Every column that holds sealed values: the one list of them.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "crypto/seal.h"
#include "db/handle.h"

namespace tokctl::db {

struct SealedColumn {
  std::string_view table, key, column;  // `key` is the table's primary key
  int bound;                            // how many columns beside it it is bound to
  Sql count, page, replace, first;
};
std::span<const SealedColumn> sealed_columns();

struct SealedValue {
  std::string key;    // of its row
  std::string value;  // empty, which never opens, where there has to be one and is none
  std::string bound;  // to what, as crypto::bind makes it
};
crypto::Address address_of(const SealedColumn& column, const SealedValue& value);

// How many values of a column do not begin with `prefix`; an empty one begins nothing.
std::int64_t count_sealed(Handle& db, const SealedColumn& column, std::string_view prefix);
// At most `limit` of them, in order of their keys, behind `after`.
std::vector<SealedValue> list_sealed(Handle& db, const SealedColumn& column,
                                     std::string_view prefix, std::string_view after,
                                     std::size_t limit);
// Puts `value` in the place of what was read. False when something else is there by now.
bool replace_sealed(Handle& db, const SealedColumn& column, const SealedValue& read,
                    std::string_view value);
// Whether any value of the column begins with `prefix`.
bool has_sealed(Handle& db, const SealedColumn& column, std::string_view prefix);

}  // namespace tokctl::db
