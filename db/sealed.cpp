#include "db/sealed.h"

#include "db/range.h"

namespace tokctl::db {
namespace {

// The texts of a column are ordered by bytes, so a prefix is a range. Nothing is in the empty one,
// which an empty prefix stands for.
template <Part Table, Part Key, Part Column>
constexpr SealedColumn sealed() {
  const auto text = [](const auto& part) {
    return std::string_view(part.text, sizeof(part.text) - 1);
  };
  return {.table = text(Table),
          .key = text(Key),
          .column = text(Column),
          .count = Sql::of<"SELECT count(*) FROM ", Table, " WHERE ", Column,
                           " IS NOT NULL AND NOT (", Column, " >= ? AND ", Column, " < ?)">(),
          .page = Sql::of<"SELECT ", Key, ", ", Column, " FROM ", Table, " WHERE ", Key,
                          " > ? AND ", Column, " IS NOT NULL AND NOT (", Column, " >= ? AND ",
                          Column, " < ?) ORDER BY ", Key, " LIMIT ?">(),
          .replace = Sql::of<"UPDATE ", Table, " SET ", Column, " = ? WHERE ", Key, " = ? AND ",
                             Column, " = ?">(),
          .first = Sql::of<"SELECT ", Key, " FROM ", Table, " WHERE ", Column, " >= ? AND ", Column,
                           " < ? LIMIT 1">()};
}

// The end of the range of a prefix.
std::string end_of(std::string_view prefix) {
  return prefix.empty() ? std::string() : past_prefix(prefix);
}

}  // namespace

std::span<const SealedColumn> sealed_columns() {
  static constexpr SealedColumn kColumns[] = {
      sealed<"users", "public_id", "password_hash">(),
      sealed<"users", "public_id", "kit_hash">(),
      sealed<"users", "public_id", "kit_email">(),
      sealed<"oauth_providers", "name", "client_secret">(),
      sealed<"oauth_grants", "id", "access_token">(),
      sealed<"oauth_grants", "id", "refresh_token">(),
      sealed<"jwks", "kid", "jwk">(),
  };
  return kColumns;
}

std::int64_t count_sealed(Handle& db, const SealedColumn& column, std::string_view prefix) {
  return *db.first(
      column.count, [](const Row& row) { return row.integer(0); }, prefix, end_of(prefix));
}

std::vector<SealedValue> list_sealed(Handle& db, const SealedColumn& column,
                                     std::string_view prefix, std::string_view after,
                                     std::size_t limit) {
  std::vector<SealedValue> page;
  db.each(
      column.page,
      [&](const Row& row) { page.push_back({.key = row.string(0), .value = row.string(1)}); },
      after, prefix, end_of(prefix), limit);
  return page;
}

bool replace_sealed(Handle& db, const SealedColumn& column, const SealedValue& read,
                    std::string_view value) {
  return db.run(column.replace, value, read.key, read.value) > 0;
}

bool has_sealed(Handle& db, const SealedColumn& column, std::string_view prefix) {
  return db.first(
               column.first, [](const Row&) { return true; }, prefix, end_of(prefix))
      .has_value();
}

}  // namespace tokctl::db
