#include "db/jwk.h"

namespace tokctl::db::jwks {
namespace {

constexpr Part kColumns =
    "kid, algorithm, signs, jwk, created_at, rotated_at, retired_at, tokens_until";

db::jwks::Row jwk_row(const db::Row& row) {
  Row result{.info = {.kid = row.string(0),
                      .algorithm = row.string(1),
                      .created_at = row.time(4),
                      .rotated_at = row.optional_time(5),
                      .retired_at = row.optional_time(6),
                      .tokens_until = row.time(7)},
             .type = row.optional_string(2).value_or(""),
             .jwk = row.optional_string(3).value_or("")};
  result.info.state = result.info.retired_at ? JwkState::kRetired
                      : result.type.empty()  ? JwkState::kVerifying
                                             : JwkState::kSigning;
  return result;
}

std::optional<std::string_view> signs(const Row& row) {
  return row.info.state == JwkState::kSigning ? std::optional<std::string_view>(row.type)
                                              : std::nullopt;
}

std::optional<std::string_view> sealed(const Row& row) {
  return row.jwk.empty() ? std::nullopt : std::optional<std::string_view>(row.jwk);
}

}  // namespace

void insert(Handle& db, const Row& row) {
  db.run(
      "INSERT INTO jwks (kid, algorithm, signs, jwk, created_at, rotated_at, retired_at,"
      " tokens_until) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
      row.info.kid, row.info.algorithm, signs(row), sealed(row), row.info.created_at,
      row.info.rotated_at, row.info.retired_at, row.info.tokens_until);
}

std::optional<Row> find(Handle& db, std::string_view kid, Locking lock) {
  constexpr Sql kFind = Sql::of<"SELECT ", kColumns, " FROM jwks WHERE kid = ?">();
  return db.first(kFind.with(lock), jwk_row, kid);
}

std::optional<Row> find_signing(Handle& db, std::string_view type, Locking lock) {
  constexpr Sql kFind = Sql::of<"SELECT ", kColumns, " FROM jwks WHERE signs = ?">();
  return db.first(kFind.with(lock), jwk_row, type);
}

std::vector<Row> list(Handle& db) {
  constexpr Sql kList = Sql::of<"SELECT ", kColumns, " FROM jwks ORDER BY created_at, kid">();
  std::vector<Row> rows;
  db.each(kList, [&](const db::Row& row) { rows.push_back(jwk_row(row)); });
  return rows;
}

bool update(Handle& db, const Row& row) {
  return db.run("UPDATE jwks SET signs = ?, jwk = ?, rotated_at = ?, retired_at = ? WHERE kid = ?",
                signs(row), sealed(row), row.info.rotated_at, row.info.retired_at,
                row.info.kid) > 0;
}

void extend(Handle& db, std::string_view kid, Time until) {
  db.run("UPDATE jwks SET tokens_until = ? WHERE kid = ? AND tokens_until < ?", until, kid, until);
}

}  // namespace tokctl::db::jwks
