#include <array>
#include <vector>

#include "db/lines.h"
#include "db/sqlite.h"

namespace tokctl::db::sqlite {

std::string describe_schema(Connection& connection) {
  std::string description;
  const auto add = [&](std::string_view prefix, const std::vector<std::string>& found) {
    for (const auto& line : found) description.append(prefix).append(line).append("\n");
  };
  const auto tables = lines(connection,
                            "SELECT name FROM pragma_table_list"
                            " WHERE schema = 'main' AND type = 'table'"
                            " AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name",
                            {}, 1);
  for (const auto& table : tables) {
    add("table ", lines(connection,
                        "SELECT name, iif(wr, 'without rowid', NULL) FROM pragma_table_list(?)"
                        " WHERE schema = 'main'",
                        {table}, 2));
    // By name: no statement depends on the order of columns, and a migration can only append.
    add("  column ", lines(connection,
                           "SELECT name, upper(type), iif(\"notnull\", 'not null', NULL),"
                           " 'default ' || dflt_value, iif(pk, 'key ' || pk, NULL)"
                           " FROM pragma_table_xinfo(?) ORDER BY name",
                           {table}, 5));
    add("  reference ", lines(connection,
                              "SELECT \"from\", 'to', \"table\", \"to\", on_update, on_delete"
                              " FROM pragma_foreign_key_list(?) ORDER BY 1, 3, 4",
                              {table}, 6));
    add("  index ",
        lines(connection,
              "SELECT name, iif(\"unique\", 'unique', NULL), iif(partial, 'partial', NULL),"
              " (SELECT group_concat(iif(\"desc\", name || ' desc', name)) FROM"
              " (SELECT * FROM pragma_index_xinfo(list.name) WHERE key ORDER BY seqno))"
              " FROM pragma_index_list(?) AS list WHERE origin <> 'pk' ORDER BY name",
              {table}, 4));
  }
  add("", lines(connection,
                "SELECT type, name, sql FROM sqlite_schema WHERE type IN ('trigger', 'view')"
                " ORDER BY type, name",
                {}, 3));
  return description;
}

std::string check(Connection& connection) {
  try {
    if (lines(connection, "PRAGMA integrity_check(1)", {}, 1) != std::vector<std::string>{"ok"}) {
      return "the structure of the database file is damaged";
    }
    if (!lines(connection, "PRAGMA foreign_key_check", {}, 1).empty()) {
      return "a row refers to another that does not exist";
    }
  } catch (const DbError& error) {
    if (error.trouble() != Trouble::kBroken) throw;
    return "the structure of the database file is damaged";
  }
  return {};
}

}  // namespace tokctl::db::sqlite
