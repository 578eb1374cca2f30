#include "db/mysql/dialect.h"

#include <algorithm>

namespace tokctl::db::mysql {
namespace {

bool is_word(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
}

}  // namespace

std::string to_dialect(std::string_view ddl, std::string_view collation) {
  const bool creates = ddl.starts_with("CREATE TABLE");
  if (!creates && !ddl.starts_with("ALTER TABLE")) return std::string(ddl);
  // MySQL's own TEXT ends at 64 KiB.
  constexpr std::string_view kText = " TEXT";
  std::string sql;
  while (!ddl.empty()) {
    const std::size_t at = std::min(ddl.find(kText), ddl.size());
    sql += ddl.substr(0, at);
    ddl.remove_prefix(at);
    if (ddl.empty()) break;
    ddl.remove_prefix(kText.size());
    sql += ddl.empty() || !is_word(ddl.front()) ? " LONGTEXT" : kText;
  }
  if (creates) {
    sql += " ENGINE = InnoDB ROW_FORMAT = DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE ";
    sql += collation;
  }
  return sql;
}

}  // namespace tokctl::db::mysql
