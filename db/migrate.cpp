#include "db/migrate.h"

#include <vector>

#include "embedded/schema_sql.h"

namespace tokctl::db {
namespace {

constexpr std::string_view kVersionTable = "schema_version";

[[noreturn]] void fail_foreign() {
  throw Error(Code::kIntegrity, "db.foreign", "the database holds other tables than tokctl's",
              "name another database with --db");
}

// The statements of a schema: its lines without comments, up to each semicolon that ends a line.
std::vector<std::string> split(std::string_view schema) {
  std::vector<std::string> statements(1);
  while (!schema.empty()) {
    const std::size_t end = schema.find('\n');
    const std::string_view line = schema.substr(0, end);
    schema.remove_prefix(end == std::string_view::npos ? schema.size() : end + 1);
    if (line.empty() || line.starts_with("--")) continue;
    std::string& statement = statements.back();
    if (!statement.empty()) statement += '\n';
    statement += line;
    if (statement.ends_with(';')) {
      statement.pop_back();
      statements.emplace_back();
    }
  }
  statements.pop_back();
  return statements;
}

void record_version(Handle& handle, std::int64_t version) {
  if (handle.run("UPDATE schema_version SET version = ? WHERE id = 1", version) == 0) {
    handle.run("INSERT INTO schema_version (id, version) VALUES (1, ?)", version);
  }
}

void add_api_tokens(Handle& db) {
  const auto define = [&db](std::string_view ddl) { db.connection().define(ddl); };
  define(
      "CREATE TABLE api_tokens ("
      " id VARCHAR(36) NOT NULL PRIMARY KEY,"
      " public_id VARCHAR(36) NOT NULL,"
      " digest VARCHAR(64) NOT NULL,"
      " root_key_id VARCHAR(16) NOT NULL,"
      " name VARCHAR(100) NOT NULL,"
      " scopes TEXT NOT NULL,"
      " info TEXT NOT NULL,"
      " created_at BIGINT NOT NULL,"
      " expires_at BIGINT,"
      " idle_s BIGINT,"
      " last_used_at BIGINT,"
      " revoked_at BIGINT,"
      " ends_at BIGINT,"
      " replaced_by VARCHAR(36),"
      " FOREIGN KEY (public_id) REFERENCES users (public_id)"
      " )");
  define("CREATE UNIQUE INDEX api_tokens_digest ON api_tokens (digest)");
  define("CREATE INDEX api_tokens_user ON api_tokens (public_id, created_at, id)");
  define("CREATE INDEX api_tokens_created ON api_tokens (created_at, id)");
  define("CREATE INDEX api_tokens_end ON api_tokens (ends_at)");
}

}  // namespace

std::span<const Migration> migrations() {
  static constexpr Migration kSteps[] = {{2, add_api_tokens}};
  return kSteps;
}

void check_version(std::int64_t found, std::int64_t version) {
  if (found >= 1 && found <= version) return;
  if (found < 1) {
    throw Error(Code::kIntegrity, "db.damaged",
                "the database says that it is of a version that never was",
                "restore it from a backup");
  }
  throw Error(Code::kIntegrity, "db.newer",
              "the database is of version " + std::to_string(found) +
                  ", this program knows versions up to " + std::to_string(version),
              "install a newer tokctl");
}

std::optional<std::int64_t> schema_version(Handle& handle) {
  Connection& connection = handle.connection();
  if (!connection.has_table(kVersionTable)) {
    if (connection.describe_schema().empty()) return std::nullopt;
    // Unless another process has made the tables between the two looks.
    if (!connection.has_table(kVersionTable)) fail_foreign();
  }
  try {
    return handle.first("SELECT version FROM schema_version WHERE id = 1",
                        [](const Row& row) { return row.integer(0); });
  } catch (const DbError& error) {
    // Other programs have a table of that name too, with other columns.
    if (error.trouble() != Trouble::kSchema) throw;
    fail_foreign();
  }
}

Migrated migrate(Handle& handle, std::string_view schema, std::int64_t version,
                 std::span<const Migration> steps) {
  const auto found = schema_version(handle);
  if (found) check_version(*found, version);
  if (found == version) return {version, version};

  Transaction change(handle, Access::kSchema);
  // Another process may have done it while this one waited.
  const auto meanwhile = schema_version(handle);
  if (meanwhile) check_version(*meanwhile, version);
  const std::int64_t from = meanwhile.value_or(0);
  if (from == 0) {
    for (const std::string& statement : split(schema)) handle.connection().define(statement);
    // Last, so that a creation that stops half-way is not taken for a finished one.
    record_version(handle, version);
  }
  for (const Migration& step : steps) {
    if (from == 0 || step.to <= from) continue;
    step.apply(handle);
    record_version(handle, step.to);
  }
  change.commit();
  return {from, version};
}

Migrated migrate(Handle& handle) {
  return migrate(handle, embedded::kSchemaSql, kSchemaVersion, migrations());
}

}  // namespace tokctl::db
