#include <fmt/core.h>

#include <memory>

#include "base/error.h"
#include "base/utf8.h"
#include "cli/context.h"
#include "cli/input_file.h"
#include "cli/interrupt.h"
#include "cli/json.h"
#include "cli/message.h"
#include "cli/nouns.h"
#include "cli/output_file.h"
#include "cli/progress.h"
#include "cli/writer.h"
#include "model/csv.h"

namespace tokctl::cli {
namespace {

struct ImportOptions {
  std::string file;
  std::optional<std::string> format;
  std::optional<std::string> sessions;
  std::optional<std::string> errors;
  bool if_not_exists = false;
};

auth::UserFormat format_of(const ImportOptions& options) {
  if (options.format == "kit") return auth::UserFormat::kKit;
  if (options.format == "jsonl") return auth::UserFormat::kJsonl;
  return auth::UserFormat::kCsv;
}

// Where faults are told: in a file that a program can read, or to whoever watches.
class Faults {
 public:
  Faults(Context& context, const std::optional<std::string>& path, ProgressBar& bar)
      : bar_(bar),
        json_(context.globals().format == Format::kJson ||
              context.globals().format == Format::kJsonl) {
    if (!path) return;
    file_.emplace(*path);
    file_->sink().append("input,line,code,message\r\n");
  }

  void tell(const auth::ImportFault& fault) {
    any_ = true;
    if (file_) {
      std::string record = fmt::format("{},{},{},", fault.input, fault.line, fault.id);
      append_csv_field(record, fault.message);
      file_->sink().append(record + "\r\n");
      return;
    }
    bar_.clear();
    if (json_) {
      say(fmt::format("{{\"input\":{},\"line\":{},\"code\":{},\"message\":{}}}\n",
                      json_string(fault.input), fault.line, json_string(fault.id),
                      json_string(fault.message)));
    } else {
      say(fmt::format("{}line {}: {} [{}]\n", fault.input == "users" ? "" : "sessions ", fault.line,
                      printable(fault.message), fault.id));
    }
  }

  // A file stays only if there is something in it.
  void finish() {
    if (file_ && any_) file_->finish();
  }

 private:
  ProgressBar& bar_;
  const bool json_;
  std::optional<OutputFile> file_;
  bool any_ = false;
};

std::string counted(std::int64_t count, std::string_view what) {
  return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

std::string imported(const auth::ImportReport& report) {
  std::string text = "imported " + counted(report.created, "user");
  if (report.sessions > 0) text += " and " + counted(report.sessions, "session");
  return text;
}

int import_users(Context& context, const ImportOptions& options) {
  static const Schema kSchema{.id = "created",
                              .raw = "created",
                              .columns = {{.name = "created"},
                                          {.name = "skipped"},
                                          {.name = "sessions"},
                                          {.name = "sessions_skipped"},
                                          {.name = "failed"},
                                          {.name = "changed"},
                                          {.name = "dry_run"}}};
  Writer out(context, kSchema, Format::kTable);
  const auth::UserFormat format = format_of(options);
  if (options.sessions && format != auth::UserFormat::kKit) {
    throw Error(Code::kUsage, "usage.option", "--sessions goes with --format kit only");
  }
  if (options.sessions == "-" && options.file == "-") {
    throw Error(Code::kUsage, "usage.option", "users and sessions cannot both be standard input");
  }
  InputFile users(options.file);
  std::optional<InputFile> sessions;
  if (options.sessions) sessions.emplace(*options.sessions);

  ProgressBar bar(context, "bytes");
  Faults faults(context, options.errors, bar);
  const Interruptible interruptible;
  std::int64_t read_before = 0;
  const std::int64_t size = users.size() + (sessions ? sessions->size() : 0);
  auth::UserImport work = context.tokctl().import_users(
      {.if_not_exists = options.if_not_exists,
       .on_fault = [&](const auth::ImportFault& fault) { faults.tell(fault); },
       .on_progress =
           [&](std::int64_t bytes) {
             bar.update(read_before + bytes, size);
             Interruptible::check();
           }});
  const auth::ImportReport& report = work.report();
  const auto changed = [&] { return report.created + report.sessions > 0; };
  try {
    work.read_users(format, users.bytes());
    read_before = users.size();
    if (sessions) work.read_sessions(sessions->bytes());
  } catch (const Error& error) {
    bar.clear();
    faults.finish();
    if (!changed() || context.dry_run()) throw;
    throw Error(error.code(), error.id(),
                fmt::format("{}, having {}", error.message(), imported(report)),
                "the same command with --if-not-exists goes on from there");
  }
  bar.clear();
  context.committed(changed(), imported(report));
  faults.finish();
  out.object({report.created, report.skipped, report.sessions, report.sessions_skipped,
              report.failed, changed(), context.dry_run()});
  if (report.failed == 0) return 0;
  const Error partial(Code::kPartial, "import.partial",
                      "not imported: " + counted(report.failed, "record"),
                      options.errors ? fmt::format("see {}", *options.errors)
                                     : "mend them, and run the same command with --if-not-exists");
  cli::report(partial, context.globals().format == Format::kJson, context.globals().color);
  return exit_code(partial.code());
}

}  // namespace

void add_user_import(Command& command) {
  auto options = std::make_shared<ImportOptions>();
  command.argument("FILE", options->file, "The file, or - for standard input")
      .choice("--format", "csv|jsonl|kit", options->format, "What the file is; csv unless given")
      .text("--sessions", "FILE", options->sessions, "Sessions exported from kit")
      .text("--errors", "FILE", options->errors,
            "A new CSV file for the records that fail, instead of standard error")
      .flag("--if-not-exists", options->if_not_exists, "Pass over who exists already")
      .mutation()
      .describe(
          "A CSV file begins with a header: email, full_name and perhaps password, status, roles,\n"
          "phone, password_hash, password_scheme, public_id, private_id, password_set_at,\n"
          "created_at, deleted_at, email_verified_at, phone_verified_at. In JSON lines they are\n"
          "members. A password is in clear; a password_hash is bcrypt of a cost up to 12 or\n"
          "Argon2. kit's files are as mongoexport writes them, with --jsonArray or without; its\n"
          "passwords and web tokens go on working.\n\n"
          "A record that fails is told with its line, and the others are imported: exit 11.\n"
          "Interrupted, the same command with --if-not-exists goes on.")
      .example(
          "  tokctl user import --format csv people.csv --errors bad.csv\n"
          "  tokctl user import --format kit auth_users.json --sessions sessions.json")
      .run([options](Context& context) { return import_users(context, *options); });
}

}  // namespace tokctl::cli
