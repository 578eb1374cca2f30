// Lists in order of creation, continued after any row: one shape of statement for every table that
// has them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <vector>

#include "db/handle.h"
#include "db/range.h"
#include "db/sql.h"

namespace tokctl::db {

// `From` is the statement from behind its columns up to the order's own condition, " FROM sessions
// WHERE " or " FROM sessions WHERE public_id = ? AND "; `Id` the column that orders rows of one
// time; `Matching` further conditions, " AND …".
//
// Continuing after a row (t, id) takes two statements: the rest of t's, then what lies beyond t.
// One with `(created_at, id) > (?, ?)` would do, but MySQL reads the whole index for it.
template <Part Columns, Part From, Part Id, Part Matching>
struct ByCreation {
  static constexpr Sql kAtAfter =
      Sql::of<"SELECT ", Columns, From, "created_at = ? AND ", Id, " > ?", Matching,
              " ORDER BY created_at, ", Id, " LIMIT ?">();
  static constexpr Sql kAtBefore =
      Sql::of<"SELECT ", Columns, From, "created_at = ? AND ", Id, " < ?", Matching,
              " ORDER BY created_at DESC, ", Id, " DESC LIMIT ?">();
  static constexpr Sql kAfter = Sql::of<"SELECT ", Columns, From, "created_at > ?", Matching,
                                        " ORDER BY created_at, ", Id, " LIMIT ?">();
  static constexpr Sql kBefore = Sql::of<"SELECT ", Columns, From, "created_at < ?", Matching,
                                         " ORDER BY created_at DESC, ", Id, " DESC LIMIT ?">();
};

// Where a page begins and how much is on it.
struct CreationPage {
  bool descending = false;
  std::size_t limit = 0;
  const Place* after = nullptr;  // null: at the beginning
};

// Calls `take(const Row&)` for each row of a page of `Order`, a ByCreation. `owner` are the values
// of its From, `matching` those of its Matching.
template <typename Order, typename Take, typename... Owner, typename... Matching>
void each_by_creation(Handle& db, const CreationPage& page, Take&& take,
                      const std::tuple<Owner...>& owner, const std::tuple<Matching...>& matching) {
  std::size_t taken = 0;
  const auto counted = [&](const Row& row) {
    ++taken;
    take(row);
  };
  const auto run = [&](const Sql& sql, const auto&... key) {
    std::apply([&](const auto&... values) { db.each(sql, counted, values...); },
               std::tuple_cat(owner, std::tie(key...), matching, std::tuple(page.limit - taken)));
  };

  const bool down = page.descending;
  std::int64_t created = down ? kLatest : kEarliest;
  if (page.after != nullptr) {
    created = to_unix(page.after->created_at);
    run(down ? Order::kAtBefore : Order::kAtAfter, created, page.after->id);
  }
  if (taken < page.limit) run(down ? Order::kBefore : Order::kAfter, created);
}

// A page of a table that has owners: of one user's rows, or of everybody's when `query.public_id`
// is empty. `read(const Row&)` makes an element of a row; `matching` are the values of both orders'
// Matching.
template <typename OfAll, typename OfUser, typename Query, typename Read, typename... Matching>
auto list_by_creation(Handle& db, const Query& query, const Place* after, Read&& read,
                      const std::tuple<Matching...>& matching) {
  std::vector<std::invoke_result_t<Read&, const Row&>> rows;
  const auto take = [&](const Row& row) { rows.push_back(read(row)); };
  const CreationPage page{.descending = query.descending, .limit = query.limit, .after = after};
  if (query.public_id.empty()) {
    each_by_creation<OfAll>(db, page, take, {}, matching);
  } else {
    each_by_creation<OfUser>(db, page, take, std::tuple(query.public_id), matching);
  }
  return rows;
}

}  // namespace tokctl::db
