#include <fmt/core.h>

#include <memory>

#include "auth/copy.h"
#include "base/error.h"
#include "base/url.h"
#include "cli/context.h"
#include "cli/interrupt.h"
#include "cli/nouns.h"
#include "cli/progress.h"
#include "cli/writer.h"

namespace tokctl::cli {
namespace {

struct CopyOptions {
  std::optional<std::string> from;
  std::string to;
  bool replace = false;
};

auth::Copied copy_watched(Context& context, const Config& from, const Config& to, bool replace) {
  ProgressBar bar(context, "rows");
  const Interruptible interruptible;
  bool begun = false;
  try {
    return auth::copy_database(from, to,
                               {.replace = replace, .progress = [&](auto done, auto total) {
                                  begun = true;
                                  bar.update(done, total);
                                  Interruptible::check();
                                }});
  } catch (const Error& error) {
    const bool passing = error.code() == Code::kInterrupted || error.code() == Code::kUnavailable;
    if (!passing || !begun) throw;
    throw Error(error.code(), error.id(), error.message(), "the same command goes on from there");
  }
}

int copy(Context& context, const CopyOptions& options) {
  static const Schema kSchema{.id = "rows",
                              .raw = "rows",
                              .columns = {{.name = "from"},
                                          {.name = "to"},
                                          {.name = "rows"},
                                          {.name = "copied"},
                                          {.name = "resumed"},
                                          {.name = "tables"},
                                          {.name = "changed"},
                                          {.name = "dry_run"}}};
  Writer out(context, kSchema, Format::kTable);
  constexpr std::string_view kInstead = "TOKCTL_DB without --from";
  if (options.from) refuse_password("--from", *options.from, kInstead);
  refuse_password("--to", options.to, kInstead);
  Config from = context.config(), to = from;
  if (options.from) from.db = *options.from;
  to.db = options.to;
  const std::string source = without_password(from.db), destination = without_password(to.db);
  if (from.db == to.db) {
    throw Error(Code::kUsage, "usage.options", "--from and --to name the same database");
  }
  if (options.replace) {
    context.confirm(fmt::format("replace all that {} holds", destination));
  }
  const auth::Copied copied = copy_watched(context, from, to, options.replace);
  if (copied.resumed) {
    context.note(
        fmt::format("went on with a copy that had been interrupted: {} of {} rows were "
                    "there already",
                    copied.rows - copied.copied, copied.rows));
  }
  context.committed(true, fmt::format("copied {} rows", copied.rows));
  std::vector<std::string> tables;
  tables.reserve(copied.tables.size());
  for (const auth::CopiedTable& table : copied.tables) {
    tables.push_back(fmt::format("{}:{}", table.name, table.rows));
  }
  out.object({source, destination, copied.rows, copied.copied, copied.resumed, tables,
              !context.dry_run(), context.dry_run()});
  return 0;
}

}  // namespace

void add_db_copy(Command& command) {
  auto options = std::make_shared<CopyOptions>();
  command.text("--from", "URL", options->from, "The source; the database in use unless given")
      .required_text("--to", "URL", options->to, "The destination, which is empty")
      .flag("--replace", options->replace, "Give up what the destination holds")
      .mutation()
      .describe(
          "Everything in one database, as it is at one moment, goes into another of any kind, is\n"
          "compared with the source, and an event tells of it. Interrupted, the same command goes\n"
          "on, unless the source has changed. Until then no other command takes the destination.\n"
          "The root key file is not in a database: copy it yourself.")
      .example("  tokctl db copy --to sqlite:copy.db")
      .run([options](Context& context) { return copy(context, *options); });
}

}  // namespace tokctl::cli
