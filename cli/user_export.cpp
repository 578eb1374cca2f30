#include <unistd.h>

#include <memory>

#include "base/error.h"
#include "cli/context.h"
#include "cli/nouns.h"
#include "cli/output_file.h"
#include "cli/progress.h"

namespace tokctl::cli {
namespace {

struct ExportOptions {
  std::optional<std::string> format;
  std::optional<std::string> to;
  bool with_hashes = false;
  bool deleted = false;
};

auth::UserFormat format_of(Context& context, const ExportOptions& options) {
  if (options.format) {
    return options.format == "jsonl" ? auth::UserFormat::kJsonl : auth::UserFormat::kCsv;
  }
  switch (context.globals().format.value_or(Format::kCsv)) {
    case Format::kCsv:
      return auth::UserFormat::kCsv;
    case Format::kJsonl:
      return auth::UserFormat::kJsonl;
    default:
      throw Error(Code::kUsage, "usage.value", "users are exported as csv or jsonl");
  }
}

int export_users(Context& context, const ExportOptions& options) {
  const auth::UserFormat format = format_of(context, options);
  context.refuse_fields("tokctl user list -o csv --fields email,name");
  if (options.with_hashes && !options.to && ::isatty(STDOUT_FILENO) != 0) {
    throw Error(Code::kUsage, "export.terminal", "password hashes do not go to a terminal",
                "name a new file of mode 0600: --to FILE");
  }
  std::optional<OutputFile> file;
  if (options.to) file.emplace(*options.to);
  Sink& out = file ? file->sink() : context.out();

  ProgressBar bar(context, "users");
  const std::int64_t total = context.tokctl().database().status().users;
  std::int64_t done = 0;
  context.tokctl().export_users(
      {.format = format, .with_hashes = options.with_hashes, .deleted = options.deleted},
      [&](std::string_view line) {
        out.append(line);
        bar.update(done++, total);
      });
  bar.clear();
  if (file) file->finish();
  return 0;
}

}  // namespace

void add_user_export(Command& command) {
  auto options = std::make_shared<ExportOptions>();
  command
      .choice("--format", "csv|jsonl", options->format, "What the file is to be; csv unless given")
      .text("--to", "FILE", options->to, "A new file of mode 0600 instead of standard output")
      .flag("--with-hashes", options->with_hashes,
            "Also what logs the users in elsewhere; recorded in the audit log")
      .flag("--deleted", options->deleted, "Deleted users too, told apart by deleted_at")
      .recorded()
      .describe("Every user, the oldest first, as `user import` takes them back.")
      .example(
          "  tokctl user export > people.csv\n"
          "  tokctl user export --with-hashes --to people-hashes.csv")
      .run([options](Context& context) { return export_users(context, *options); });
}

}  // namespace tokctl::cli
