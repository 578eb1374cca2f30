#include "db/sealed.h"

#include <algorithm>

#include "db/range.h"

namespace tokctl::db {
namespace {

constexpr Part kNever = "1 = 0";
constexpr Part kAlways = "1 = 1";

// The texts of a column are ordered by bytes, so a prefix is a range. Nothing is in the empty one,
// which an empty prefix stands for. `Bound` are the columns it is bound to, each behind a comma;
// `Needed` says in which rows there has to be a value, so that taking it away is no way around it.
template <Part Table, Part Key, Part Column, Part Bound = "", Part Needed = kNever>
constexpr SealedColumn sealed() {
  const auto text = [](const auto& part) {
    return std::string_view(part.text, sizeof(part.text) - 1);
  };
  return {.table = text(Table),
          .key = text(Key),
          .column = text(Column),
          .bound = static_cast<int>(std::ranges::count(text(Bound), ',')),
          .count = Sql::of<"SELECT count(*) FROM ", Table, " WHERE (", Column, " IS NOT NULL OR ",
                           Needed, ") AND NOT (COALESCE(", Column, ", '') >= ? AND COALESCE(",
                           Column, ", '') < ?)">(),
          .page = Sql::of<"SELECT ", Key, ", COALESCE(", Column, ", '')", Bound, " FROM ", Table,
                          " WHERE ", Key, " > ? AND (", Column, " IS NOT NULL OR ", Needed,
                          ") AND NOT (COALESCE(", Column, ", '') >= ? AND COALESCE(", Column,
                          ", '') < ?) ORDER BY ", Key, " LIMIT ?">(),
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
      // A public client's secret is the empty one.
      sealed<"oauth_providers", "name", "client_secret",
             ", client_id, auth_method, issuer, auth_url, token_url, device_url, revoke_url, scope,"
             " params",
             kAlways>(),
      sealed<"oauth_grants", "id", "access_token", ", account, provider, label, kind, scope",
             "state <> 'revoked'">(),
      sealed<"oauth_grants", "id", "refresh_token", ", account, provider, label, kind">(),
      sealed<"jwks", "kid", "jwk">(),
  };
  return kColumns;
}

crypto::Address address_of(const SealedColumn& column, const SealedValue& value) {
  return {.table = column.table, .key = value.key, .column = column.column, .bound = value.bound};
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
      [&](const Row& row) {
        SealedValue value{.key = row.string(0), .value = row.string(1), .bound = {}};
        for (int n = 0; n < column.bound; ++n) value.bound += crypto::bind({row.text(2 + n)});
        page.push_back(std::move(value));
      },
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
