#include <fmt/core.h>

#include <memory>

#include "base/error.h"
#include "cli/context.h"
#include "cli/nouns.h"
#include "cli/progress.h"
#include "cli/writer.h"

namespace tokctl::cli {
namespace {

int migrate(Context& context) {
  static const Schema kSchema{
      .id = "to",
      .raw = "to",
      .columns = {{.name = "from"}, {.name = "to"}, {.name = "changed"}, {.name = "dry_run"}}};
  Writer out(context, kSchema, Format::kTable);
  const auth::SchemaChange change = auth::migrate(context.config());
  const bool changed = change.from != change.to;
  context.committed(changed, fmt::format("the schema is now {}", change.to));
  out.object({change.from, change.to, changed, context.dry_run()});
  return 0;
}

void add_migrate(Command& command) {
  command.mutation()
      .describe(
          "Makes the schema in an empty database. In a SQLite file, commands that change "
          "something\n"
          "do so by themselves; on a database server only this one does, and init in an empty one.")
      .example("  tokctl db migrate")
      .run(migrate);
}

int status(Context& context) {
  static const Schema kSchema{.id = "url",
                              .raw = "url",
                              .columns = {{.name = "url"},
                                          {.name = "driver"},
                                          {.name = "schema_version"},
                                          {.name = "program_version"},
                                          {.name = "active_root_key"},
                                          {.name = "root_keys"},
                                          {.name = "users"},
                                          {.name = "events"}}};
  Writer out(context, kSchema, Format::kTable);
  context.never_create();
  auth::Database& database = context.tokctl().database();
  const auth::DatabaseStatus status = database.status();
  std::vector<std::string> keys;
  for (const auth::RootKeyInfo& key : database.root_keys()) {
    keys.push_back(fmt::format("{}:{}{}", key.id, key.state, key.held ? "" : ":not-held"));
  }
  out.object({status.url, status.driver, status.schema_version, status.program_version,
              status.active_root_key, keys, status.users, status.events});
  return 0;
}

void add_status(Command& command) { command.example("  tokctl db status").run(status); }

int check(Context& context) {
  static const Schema kSchema{.id = "problem", .raw = "problem", .columns = {{.name = "problem"}}};
  Writer out(context, kSchema, Format::kTable);
  context.never_create();
  ProgressBar bar(context, "records");
  const auto found = context.tokctl().database().check(bar.progress());
  bar.clear();
  for (const std::string& problem : found) out.row({problem});
  out.end();
  if (found.empty()) {
    context.note("nothing found wrong");
    return 0;
  }
  context.out().flush();
  throw Error(Code::kIntegrity, "db.problems",
              fmt::format("{} problem{} found", found.size(), found.size() == 1 ? "" : "s"));
}

void add_check(Command& command) {
  command
      .describe(
          "The database's own check, then whether everything in it belongs together: owners, the\n"
          "audit log, sealed values. Lists what is wrong, and then exits with 10.")
      .example("  tokctl db check")
      .run(check);
}

}  // namespace

void add_db(Command& db) {
  db.example("  tokctl db status")
      .verb("migrate", "Bring the schema up to date", add_migrate)
      .verb("status", "Show schema, keys and counts", add_status)
      .verb("check", "Look for damage", add_check)
      .verb("copy", "Copy everything into another database", add_db_copy)
      .verb("backup", "Write everything to a file", add_db_backup)
      .verb("restore", "Put a backup into an empty database", add_db_restore)
      .verb("rekey", "Seal everything under the active root key", add_db_rekey);
}

}  // namespace tokctl::cli
