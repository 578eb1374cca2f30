#include "db/postgres/schema.h"

#include <string_view>
#include <vector>

namespace tokctl::db::postgres {
namespace {

// The first column of every row.
std::vector<std::string> lines(Connection& connection, std::string_view sql) {
  const auto statement = connection.prepare(sql, Locking::kNone);
  statement->execute({});
  std::vector<std::string> result;
  while (statement->step()) result.emplace_back(statement->text(0));
  return result;
}

// Each query gives lines `TABLE kind what`, so that all of them together are in a canonical order
// when they are sorted. Columns go by name: no statement depends on their order, and a migration
// can only append.
constexpr std::string_view kDescription =
    "WITH owned AS (SELECT c.oid, c.relname, c.relkind FROM pg_class c"
    "  JOIN pg_namespace n ON n.oid = c.relnamespace"
    "  WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p', 'v', 'm', 'f')"
    "  AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.classid = 'pg_class'::regclass"
    "   AND d.objid = c.oid AND d.deptype = 'e')),"
    " described AS ("
    "SELECT relname || CASE WHEN relkind IN ('r', 'p') THEN ' table' ELSE ' view' END AS line"
    " FROM owned"
    " UNION ALL "
    "SELECT concat_ws(' ', relname, 'column', attname, format_type(atttypid, atttypmod),"
    "  CASE WHEN attnotnull THEN 'not null' END, 'collate ' || collname,"
    "  'default ' || pg_get_expr(adbin, adrelid))"
    " FROM owned JOIN pg_attribute ON attrelid = owned.oid"
    " LEFT JOIN pg_collation ON pg_collation.oid = attcollation"
    " LEFT JOIN pg_attrdef ON adrelid = owned.oid AND adnum = attnum"
    " WHERE attnum > 0 AND NOT attisdropped"
    " UNION ALL "
    "SELECT concat_ws(' ', relname, 'constraint', pg_get_constraintdef(pg_constraint.oid))"
    " FROM owned JOIN pg_constraint ON conrelid = owned.oid"
    " UNION ALL "
    "SELECT concat_ws(' ', owned.relname, 'index', i.relname,"
    "  CASE WHEN indisunique THEN 'unique' END,"
    "  (SELECT string_agg(pg_get_indexdef(indexrelid, n, false), ',' ORDER BY n)"
    "   FROM generate_series(1, indnkeyatts) AS n),"
    "  'where ' || pg_get_expr(indpred, indrelid))"
    " FROM owned JOIN pg_index ON indrelid = owned.oid JOIN pg_class i ON i.oid = indexrelid"
    " WHERE NOT indisprimary"
    " UNION ALL "
    "SELECT concat_ws(' ', relname, 'trigger', tgname) FROM owned"
    " JOIN pg_trigger ON tgrelid = owned.oid AND NOT tgisinternal)"
    " SELECT line FROM described ORDER BY line COLLATE \"C\"";

constexpr std::string_view kUnfinishedIndexes =
    "SELECT relname FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid"
    " JOIN pg_namespace ON pg_namespace.oid = relnamespace"
    " WHERE nspname = current_schema() AND NOT (indisvalid AND indisready AND indislive)";

// For each reference from one column to another, a query that finds a row whose owner is not there.
// PostgreSQL keeps references itself, but not from a superuser who turned that off, nor in a dump
// loaded without it.
constexpr std::string_view kReferences =
    "SELECT format('SELECT 1 FROM %s a WHERE a.%I IS NOT NULL AND NOT EXISTS"
    " (SELECT 1 FROM %s b WHERE b.%I = a.%I) LIMIT 1', conrelid::regclass, own.attname,"
    " confrelid::regclass, other.attname, own.attname)"
    " FROM pg_constraint JOIN pg_namespace ON pg_namespace.oid = connamespace"
    " JOIN pg_attribute own ON own.attrelid = conrelid AND own.attnum = conkey[1]"
    " JOIN pg_attribute other ON other.attrelid = confrelid AND other.attnum = confkey[1]"
    " WHERE nspname = current_schema() AND contype = 'f' AND cardinality(conkey) = 1";

}  // namespace

std::string describe_schema(Connection& connection) {
  std::string description;
  for (const std::string& line : lines(connection, kDescription)) {
    description.append(line).append("\n");
  }
  return description;
}

std::string check(Connection& connection) {
  if (!lines(connection, kUnfinishedIndexes).empty()) {
    return "an index is not valid, and has to be made again with REINDEX";
  }
  for (const std::string& query : lines(connection, kReferences)) {
    if (!lines(connection, query).empty()) return "a row refers to another that does not exist";
  }
  return {};
}

}  // namespace tokctl::db::postgres
