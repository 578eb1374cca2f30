#include "db/mysql/schema.h"

#include <string>
#include <vector>

#include "db/lines.h"

namespace tokctl::db::mysql {
namespace {

std::vector<std::string> tables(Connection& connection) {
  return lines(connection,
               "SELECT table_name FROM information_schema.tables"
               " WHERE table_schema = DATABASE() AND table_type = 'BASE TABLE' ORDER BY table_name",
               {}, 1);
}

}  // namespace

std::string describe_schema(Connection& connection) {
  std::string description;
  const auto add = [&](std::string_view prefix, const std::vector<std::string>& found) {
    for (const auto& line : found) description.append(prefix).append(line).append("\n");
  };
  for (const auto& table : tables(connection)) {
    add("table ", lines(connection,
                        "SELECT table_name, engine, table_collation FROM information_schema.tables"
                        " WHERE table_schema = DATABASE() AND table_name = ?",
                        {table}, 3));
    // By name: no statement depends on the order of columns, and a migration can only append.
    add("  column ",
        lines(connection,
              "SELECT column_name, column_type, collation_name,"
              " CASE WHEN is_nullable = 'NO' THEN 'not null' END, 'default ' || column_default"
              " FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = ?"
              " ORDER BY column_name",
              {table}, 5));
    add("  reference ",
        lines(connection,
              "SELECT k.column_name, 'to', k.referenced_table_name, k.referenced_column_name,"
              " r.update_rule, r.delete_rule FROM information_schema.key_column_usage k"
              " JOIN information_schema.referential_constraints r"
              " ON r.constraint_schema = k.constraint_schema AND r.table_name = k.table_name"
              " AND r.constraint_name = k.constraint_name"
              " WHERE k.table_schema = DATABASE() AND k.table_name = ? ORDER BY 1, 3, 4",
              {table}, 6));
    add("  index ", lines(connection,
                          "SELECT index_name, CASE WHEN non_unique = 0 THEN 'unique' END,"
                          " group_concat(column_name ORDER BY seq_in_index)"
                          " FROM information_schema.statistics"
                          " WHERE table_schema = DATABASE() AND table_name = ?"
                          " GROUP BY index_name, non_unique ORDER BY index_name",
                          {table}, 3));
  }
  add("view ", lines(connection,
                     "SELECT table_name, view_definition FROM information_schema.views"
                     " WHERE table_schema = DATABASE() ORDER BY table_name",
                     {}, 2));
  add("trigger ",
      lines(connection,
            "SELECT trigger_name, action_timing, event_manipulation, event_object_table,"
            " action_statement FROM information_schema.triggers"
            " WHERE trigger_schema = DATABASE() ORDER BY trigger_name",
            {}, 5));
  return description;
}

std::string check(Connection& connection) {
  for (const auto& table : tables(connection)) {
    std::string sql = "CHECK TABLE `";
    for (const char c : table) sql.append(c == '`' ? 2 : 1, c);
    const auto statement = connection.prepare(sql + '`', Locking::kNone);
    statement->execute({});
    // Table, operation, kind of message, message.
    while (statement->step()) {
      if (statement->text(2) == "error" ||
          (statement->text(2) == "status" && statement->text(3) != "OK")) {
        return "a table is damaged";
      }
    }
  }
  return {};
}

}  // namespace tokctl::db::mysql
