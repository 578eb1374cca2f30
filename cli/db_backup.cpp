#include <fmt/core.h>
#include <unistd.h>

#include <array>
#include <memory>

#include "auth/backup.h"
#include "base/error.h"
#include "base/url.h"
#include "cli/context.h"
#include "cli/input_file.h"
#include "cli/interrupt.h"
#include "cli/nouns.h"
#include "cli/progress.h"
#include "cli/writer.h"

namespace tokctl::cli {
namespace {

struct BackupOptions {
  std::string file;
  bool portable = false;
};

struct RestoreOptions {
  std::string file;
  bool replace = false;
};

auth::Progress watched(ProgressBar& bar) {
  return [&bar](std::int64_t done, std::int64_t total) {
    bar.update(done, total);
    Interruptible::check();
  };
}

int back_up(Context& context, const BackupOptions& options) {
  static const Schema kSchema{.id = "file",
                              .raw = "file",
                              .columns = {{.name = "db"}, {.name = "file"}, {.name = "format"}}};
  Writer out(context, kSchema, Format::kTable);
  const Config config = context.config();
  const Interruptible interruptible;
  if (options.file == "-") {
    if (::isatty(STDOUT_FILENO) != 0) {
      throw Error(Code::kUsage, "backup.terminal", "a backup does not go to a terminal",
                  "name a new file");
    }
    ProgressBar bar(context, "rows");
    auth::dump(config, [&](std::string_view bytes) { context.print(bytes); }, watched(bar));
    return 0;
  }
  const bool rows = options.portable || !config.db.starts_with("sqlite:");
  ProgressBar bar(context, rows ? "rows" : "pages");
  const auto format = auth::back_up(config, options.file, options.portable, watched(bar));
  bar.clear();
  out.object({without_password(config.db), options.file,
              std::string(format == auth::BackupFormat::kSqlite ? "sqlite" : "dump")});
  return 0;
}

bool is_sqlite(const std::string& path) {
  constexpr std::string_view kMagic("SQLite format 3\0", 16);  // sqlite.org/fileformat.html §1.3
  std::array<char, kMagic.size()> begin{};
  InputFile file(path);
  const std::size_t got = file.bytes()(begin);
  return std::string_view(begin.data(), got) == kMagic;
}

auth::Restored restore_watched(Context& context, const RestoreOptions& options) {
  const Interruptible interruptible;
  ProgressBar bar(context, "rows");
  const auth::RestoreOptions how{.replace = options.replace, .progress = watched(bar)};
  const Config config = context.config();
  if (options.file != "-") {
    if (is_sqlite(options.file)) return auth::restore_database(config, options.file, how);
    auth::check_dump(InputFile(options.file).bytes());
  }
  return auth::restore_dump(config, InputFile(options.file).bytes(), how);
}

int restore(Context& context, const RestoreOptions& options) {
  static const Schema kSchema{.id = "rows",
                              .raw = "rows",
                              .columns = {{.name = "db"},
                                          {.name = "rows"},
                                          {.name = "events"},
                                          {.name = "changed"},
                                          {.name = "dry_run"}}};
  Writer out(context, kSchema, Format::kTable);
  const std::string db = without_password(context.config().db);
  if (options.replace) context.confirm(fmt::format("replace all that {} holds", db));
  const auth::Restored restored = restore_watched(context, options);
  context.committed(true, fmt::format("restored {} rows", restored.rows));
  out.object({db, restored.rows, restored.events, !context.dry_run(), context.dry_run()});
  return 0;
}

}  // namespace

void add_db_backup(Command& command) {
  auto options = std::make_shared<BackupOptions>();
  command.argument("FILE", options->file, "A new file, or - for standard output")
      .flag("--portable", options->portable, "A dump that any kind of database takes back")
      .describe(
          "Writes what the database holds at one moment; others go on using it meanwhile. A "
          "SQLite\n"
          "database becomes a SQLite file, any other a dump, as on standard output. The root keys\n"
          "are in neither, and without them nothing in it can be read.")
      .example(
          "  tokctl db backup tokctl-backup.db\n"
          "  tokctl db backup --portable tokctl.dump")
      .run([options](Context& context) { return back_up(context, *options); });
}

void add_db_restore(Command& command) {
  auto options = std::make_shared<RestoreOptions>();
  command
      .argument("FILE", options->file, "A backup of either form, or - for a dump on standard input")
      .flag("--replace", options->replace, "Give up what the database holds")
      .mutation()
      .describe(
          "Puts a backup into an empty database of any kind, whole or not at all. The file of "
          "root\n"
          "keys has to be there already.")
      .example(
          "  tokctl db backup --portable tokctl.dump\n"
          "  tokctl db restore tokctl.dump --db sqlite:elsewhere.db")
      .run([options](Context& context) { return restore(context, *options); });
}

}  // namespace tokctl::cli
