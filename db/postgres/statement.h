// Statements in the shared dialect, as PostgreSQL takes them.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "db/connection.h"
#include "db/postgres/link.h"

namespace tokctl::db::postgres {

// The same SQL with $1, $2 … for each `?` that is not inside quotes.
std::string numbered(std::string_view sql);

// Its whole result is in memory while it runs: lists are read in pages by the code above, and so a
// row's reader may run other statements.
class PostgresStatement final : public Statement {
 public:
  // `name` is unique on the connection.
  PostgresStatement(Link& link, std::string sql, std::string name);

  void execute(std::span<const Value> values) override;
  bool step() override { return ++row_ < rows_; }
  bool is_null(int column) const override;
  std::int64_t integer(int column) const override;
  std::string_view text(int column) const override;
  std::int64_t affected() const override;
  void reset() noexcept override;

 private:
  static constexpr std::size_t kDigits = 21;  // of a 64-bit integer, with sign and end
  enum class Stage { kNew, kUsedOnce, kPrepared };

  void bind(std::span<const Value> values);

  Link& link_;
  const std::string sql_;
  const std::string name_;
  Stage stage_ = Stage::kNew;

  std::vector<const char*> values_;
  std::vector<int> sizes_, formats_;
  std::vector<std::array<char, kDigits>> digits_;

  Result result_;
  int row_ = -1, rows_ = 0;
};

}  // namespace tokctl::db::postgres
