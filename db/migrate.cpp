#include "db/migrate.h"

#include "db/api_token.h"
#include "db/table.h"
#include "embedded/schema_sql.h"

namespace tokctl::db {
namespace {

constexpr std::string_view kVersionTable = "schema_version";
constexpr std::int64_t kMarkRow = 2;  // of that table: the mark of an unfinished copy

[[noreturn]] void fail_damaged() {
  throw Error(Code::kIntegrity, "db.damaged",
              "the database says that it is of a version that never was",
              "restore it from a backup");
}

[[noreturn]] void fail_foreign() {
  throw Error(Code::kIntegrity, "db.foreign", "the database holds other tables than tokctl's",
              "name another database with --db");
}

[[noreturn]] void fail_unfinished() {
  throw Error(Code::kIntegrity, "copy.unfinished",
              "the database is the destination of a copy that was not finished",
              "run the same tokctl db copy again");
}

// The table that a statement makes; empty when it makes none.
std::string_view table_made_by(std::string_view statement) {
  constexpr std::string_view kCreate = "CREATE TABLE ";
  if (!statement.starts_with(kCreate)) return {};
  statement.remove_prefix(kCreate.size());
  return statement.substr(0, statement.find(' '));
}

// Where definitions commit by themselves, a creation can stop half-way. While it is under way the
// row of the version has the id 0, and with it another process can take it up again. Tables with
// neither row have lost it, and what version they are of nobody knows.
void create(Handle& handle, std::string_view schema, std::int64_t version) {
  Connection& connection = handle.connection();
  const auto statements = split_statements(schema);
  std::optional<std::int64_t> begun;
  if (connection.has_table(kVersionTable)) {
    begun = handle.first("SELECT version FROM schema_version WHERE id = 0",
                         [](const Row& row) { return row.integer(0); });
    for (const std::string& statement : statements) {
      const std::string_view table = table_made_by(statement);
      if (begun || table.empty() || table == kVersionTable) continue;
      if (connection.has_table(table)) fail_damaged();
    }
  }
  if (begun && begun != version) {
    throw Error(Code::kIntegrity, "db.unfinished",
                "another version of tokctl has not finished creating the database",
                "finish it with that version, or drop the database and create it anew");
  }
  connection.define(statements.front());  // the table of the version
  if (!begun) handle.run("INSERT INTO schema_version (id, version) VALUES (0, ?)", version);
  for (std::size_t i = 1; i < statements.size(); ++i) connection.define(statements[i]);
  handle.run("UPDATE schema_version SET id = 1 WHERE id = 0");
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

void add_oauth(Handle& db) {
  const auto define = [&db](std::string_view ddl) { db.connection().define(ddl); };
  define(
      "CREATE TABLE oauth_providers ("
      " name VARCHAR(40) NOT NULL PRIMARY KEY,"
      " client_id TEXT NOT NULL,"
      " client_secret TEXT,"
      " auth_method VARCHAR(8) NOT NULL,"
      " issuer TEXT NOT NULL,"
      " auth_url TEXT NOT NULL,"
      " token_url TEXT NOT NULL,"
      " device_url TEXT NOT NULL,"
      " revoke_url TEXT NOT NULL,"
      " scope TEXT NOT NULL,"
      " params TEXT NOT NULL,"
      " created_at BIGINT NOT NULL,"
      " updated_at BIGINT NOT NULL"
      " )");
  define(
      "CREATE TABLE oauth_grants ("
      " id VARCHAR(36) NOT NULL PRIMARY KEY,"
      " account VARCHAR(100) NOT NULL,"
      " provider VARCHAR(40) NOT NULL,"
      " label VARCHAR(40) NOT NULL,"
      " kind VARCHAR(20) NOT NULL,"
      " state VARCHAR(16) NOT NULL,"
      " access_token TEXT,"
      " refresh_token TEXT,"
      " scope TEXT NOT NULL,"
      " created_at BIGINT NOT NULL,"
      " obtained_at BIGINT NOT NULL,"
      " expires_at BIGINT,"
      " refreshed_at BIGINT,"
      " generation BIGINT NOT NULL,"
      " lease_id VARCHAR(36),"
      " lease_until BIGINT,"
      " failures BIGINT NOT NULL,"
      " last_error TEXT NOT NULL,"
      " failed_at BIGINT,"
      " retry_at BIGINT,"
      " due_at BIGINT,"
      " FOREIGN KEY (provider) REFERENCES oauth_providers (name)"
      " )");
  define("CREATE UNIQUE INDEX oauth_grants_ref ON oauth_grants (account, provider, label)");
  define("CREATE INDEX oauth_grants_provider ON oauth_grants (provider)");
  define("CREATE INDEX oauth_grants_due ON oauth_grants (due_at, id)");
}

void add_jwts(Handle& db) {
  const auto define = [&db](std::string_view ddl) { db.connection().define(ddl); };
  define("ALTER TABLE users ADD COLUMN roles TEXT");
  define("ALTER TABLE users ADD COLUMN phone VARCHAR(16)");
  define("ALTER TABLE users ADD COLUMN email_verified_at BIGINT");
  define("ALTER TABLE users ADD COLUMN phone_verified_at BIGINT");
  define(
      "CREATE TABLE jwks ("
      " kid VARCHAR(64) NOT NULL PRIMARY KEY,"
      " algorithm VARCHAR(8) NOT NULL,"
      " signs VARCHAR(8),"
      " jwk TEXT,"
      " created_at BIGINT NOT NULL,"
      " rotated_at BIGINT,"
      " retired_at BIGINT,"
      " tokens_until BIGINT NOT NULL"
      " )");
  define("CREATE UNIQUE INDEX jwks_signs ON jwks (signs)");
  define(
      "CREATE TABLE refresh_tokens ("
      " id VARCHAR(36) NOT NULL PRIMARY KEY,"
      " session_id VARCHAR(36) NOT NULL,"
      " public_id VARCHAR(36) NOT NULL,"
      " digest VARCHAR(64) NOT NULL,"
      " root_key_id VARCHAR(16) NOT NULL,"
      " terms TEXT NOT NULL,"
      " created_at BIGINT NOT NULL,"
      " expires_at BIGINT NOT NULL,"
      " used_at BIGINT,"
      " successor_id VARCHAR(36),"
      " FOREIGN KEY (public_id) REFERENCES users (public_id)"
      " )");
  define("CREATE UNIQUE INDEX refresh_tokens_digest ON refresh_tokens (digest)");
  define("CREATE INDEX refresh_tokens_user ON refresh_tokens (public_id, created_at, id)");
  define("CREATE INDEX refresh_tokens_created ON refresh_tokens (created_at, id)");
  define("CREATE INDEX refresh_tokens_expiry ON refresh_tokens (expires_at)");
  define(
      "CREATE TABLE verification_tokens ("
      " id VARCHAR(36) NOT NULL PRIMARY KEY,"
      " public_id VARCHAR(36) NOT NULL,"
      " purpose VARCHAR(24) NOT NULL,"
      " digest VARCHAR(64) NOT NULL,"
      " root_key_id VARCHAR(16) NOT NULL,"
      " created_at BIGINT NOT NULL,"
      " expires_at BIGINT NOT NULL,"
      " used_at BIGINT,"
      " tries BIGINT NOT NULL,"
      " tries_since BIGINT NOT NULL,"
      " FOREIGN KEY (public_id) REFERENCES users (public_id)"
      " )");
  define(
      "CREATE UNIQUE INDEX verification_tokens_purpose ON verification_tokens (public_id, "
      "purpose)");
  define("CREATE UNIQUE INDEX verification_tokens_digest ON verification_tokens (digest)");
  define("CREATE INDEX verification_tokens_expiry ON verification_tokens (expires_at)");
}

void index_verification_tokens(Handle& db) {
  const auto define = [&db](std::string_view ddl) { db.connection().define(ddl); };
  define(
      "CREATE INDEX verification_tokens_user ON verification_tokens (public_id, created_at, id)");
  define("CREATE INDEX verification_tokens_created ON verification_tokens (created_at, id)");
}

// Copies row by row, since no two databases read hexadecimal numbers alike. Where definitions
// commit by themselves this may have stopped anywhere: as long as there is a table of the old name,
// whichever it is, all is copied from it again.
void key_api_tokens_by_digest(Handle& db) {
  const auto define = [&db](std::string_view ddl) { db.connection().define(ddl); };
  if (db.connection().has_table("api_tokens")) {
    define(
        "CREATE TABLE api_tokens_6 ("
        " lookup BIGINT PRIMARY KEY,"
        " id VARCHAR(36) NOT NULL,"
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
    db.run("DELETE FROM api_tokens_6");
    std::vector<std::pair<std::string, std::int64_t>> page;
    std::string last;
    do {
      page.clear();
      db.each(
          "SELECT id, digest FROM api_tokens WHERE id > ? ORDER BY id LIMIT 1000",
          [&](const Row& row) {
            page.emplace_back(row.string(0), api_tokens::lookup_of(row.text(1)));
          },
          last);
      for (const auto& [id, lookup] : page) {
        db.run(
            "INSERT INTO api_tokens_6 (lookup, id, public_id, digest, root_key_id, name, scopes,"
            " info, created_at, expires_at, idle_s, last_used_at, revoked_at, ends_at, replaced_by)"
            " SELECT ?, id, public_id, digest, root_key_id, name, scopes, info, created_at,"
            " expires_at, idle_s, last_used_at, revoked_at, ends_at, replaced_by"
            " FROM api_tokens WHERE id = ?",
            lookup, id);
      }
      if (!page.empty()) last = page.back().first;
    } while (!page.empty());
    define("DROP TABLE api_tokens");
  }
  define("ALTER TABLE api_tokens_6 RENAME TO api_tokens");
  define("CREATE UNIQUE INDEX api_tokens_id ON api_tokens (id)");
  define("CREATE INDEX api_tokens_user ON api_tokens (public_id, created_at, id)");
  define("CREATE INDEX api_tokens_created ON api_tokens (created_at, id)");
  define("CREATE INDEX api_tokens_end ON api_tokens (ends_at)");
}

}  // namespace

std::span<const Migration> migrations() {
  static constexpr Migration kSteps[] = {{2, add_api_tokens},
                                         {3, add_oauth},
                                         {4, add_jwts},
                                         {5, index_verification_tokens},
                                         {6, key_api_tokens_by_digest}};
  return kSteps;
}

void check_version(std::int64_t found, std::int64_t version) {
  if (found >= 1 && found <= version) return;
  if (found < 1) fail_damaged();
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
    std::optional<std::int64_t> version;
    bool unfinished = false;
    handle.each("SELECT id, version FROM schema_version", [&](const Row& row) {
      if (row.integer(0) == 1) version = row.integer(1);
      unfinished = unfinished || row.integer(0) == kMarkRow;
    });
    if (unfinished) fail_unfinished();
    return version;
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
  if (from == 0) create(handle, schema, version);
  for (const Migration& step : steps) {
    if (from == 0 || step.to <= from) continue;
    step.apply(handle);
    handle.run("UPDATE schema_version SET version = ? WHERE id = 1", step.to);
  }
  change.commit();
  return {from, version};
}

Migrated migrate(Handle& handle) {
  return migrate(handle, embedded::kSchemaSql, kSchemaVersion, migrations());
}

std::optional<std::int64_t> copy_mark(Handle& handle, Locking lock) {
  if (!handle.connection().has_table(kVersionTable)) return std::nullopt;
  constexpr Sql kFind = "SELECT id, version FROM schema_version";
  std::optional<std::int64_t> version, mark;
  try {
    handle.each(kFind.with(lock), [&](const Row& row) {
      if (row.integer(0) == 1) version = row.integer(1);
      if (row.integer(0) == kMarkRow) mark = row.integer(1);
    });
  } catch (const DbError& error) {
    if (error.trouble() != Trouble::kSchema) throw;
    fail_foreign();
  }
  if (mark && version != kSchemaVersion) {
    throw Error(Code::kIntegrity, "copy.unfinished",
                "the database is the destination of a copy by another version of tokctl",
                "run that tokctl db copy again, or copy into another database");
  }
  return mark;
}

void set_copy_mark(Handle& handle, std::int64_t mark) {
  clear_copy_mark(handle);
  handle.run("INSERT INTO schema_version (id, version) VALUES (?, ?)", kMarkRow, mark);
}

void clear_copy_mark(Handle& handle) {
  handle.run("DELETE FROM schema_version WHERE id = ?", kMarkRow);
}

}  // namespace tokctl::db
