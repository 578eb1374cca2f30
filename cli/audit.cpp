#include <fcntl.h>
#include <fmt/core.h>
#include <unistd.h>

#include <memory>

#include "base/error.h"
#include "base/time_text.h"
#include "base/utf8.h"
#include "cli/context.h"
#include "cli/listing.h"
#include "cli/nouns.h"
#include "cli/output_file.h"
#include "cli/progress.h"
#include "cli/schema.h"
#include "cli/writer.h"

namespace tokctl::cli {
namespace {

struct AuditListOptions {
  ListOptions list;
  std::optional<std::string> user;
  std::optional<std::string> since;
  std::optional<std::string> until;
};

// A moment in the past, as a log is asked: 7d is a week ago.
std::optional<Time> past(Context& context, const std::optional<std::string>& text,
                         std::string_view option) {
  if (!text) return std::nullopt;
  const Time now = context.clock().now();
  if (const auto ago = parse_duration(*text)) return now - *ago;
  if (const auto moment = parse_moment(*text, now)) return moment;
  throw Error(Code::kUsage, "usage.time",
              fmt::format("{} takes a time such as 12h (ago), 2026-12-31T23:59:59Z or @1767225599",
                          option));
}

int list(Context& context, const AuditListOptions& options) {
  Writer out(context, event_schema(), Format::kTable);
  auth::EventQuery query{.since = past(context, options.since, "--since"),
                         .until = past(context, options.until, "--until")};
  std::optional<std::string> user = options.user;
  for (const auto& [field, value] : filters_of(options.list, "type|user")) {
    if (field == "type") {
      query.type = value;
    } else if (user) {
      throw Error(Code::kUsage, "usage.filter", "give either --user or --filter user");
    } else {
      user = value;
    }
  }
  if (user) query.user = parse_user_ref(*user);
  if (const auto sort = sort_of(options.list)) query.descending = sort->descending;
  return print_list(
      out, options.list,
      [&](std::size_t limit, const std::string& page) {
        query.limit = limit;
        query.page_token = page;
        return context.tokctl().audit().list(query);
      },
      event_row);
}

void add_list(Command& command) {
  auto options = std::make_shared<AuditListOptions>();
  command
      .text("--user", "USER", options->user,
            "Only events about this user, by PublicID also a deleted one")
      .text("--since", "TIME", options->since, "Not before: 12h (ago), a date-time or @seconds")
      .text("--until", "TIME", options->until, "Not after");
  add_list_options(command, options->list, "seq", "type|user");
  command.describe("The newest first, unless --sort seq says otherwise.")
      .example("  tokctl audit list --user bill@ardanlabs.com --limit 20")
      .run([options](Context& context) { return list(context, *options); });
}

const Schema& report_schema() {
  static const Schema kSchema{.id = "head",
                              .raw = "head",
                              .columns = {{.name = "head"},
                                          {.name = "seq"},
                                          {.name = "mac"},
                                          {.name = "first"},
                                          {.name = "checked"}}};
  return kSchema;
}

int verify(Context& context, const std::optional<std::string>& expected) {
  Writer out(context, report_schema(), Format::kTable);
  std::optional<auth::ChainPoint> expect;
  if (expected) expect = auth::parse_chain_point(*expected);
  ProgressBar bar(context, "events");
  const auto report = context.tokctl().audit().verify(expect, bar.progress());
  bar.clear();
  const Value head = report.head.seq == 0
                         ? Value(std::monostate())
                         : Value(fmt::format("{}:{}", report.head.seq, report.head.mac));
  out.object({head, report.head.seq, present(report.head.mac), report.first, report.checked});
  return 0;
}

void add_verify(Command& command) {
  auto expect = std::make_shared<std::optional<std::string>>();
  command
      .text("--expect", "SEQ:MAC", *expect, "A head noted earlier, which must still be in the log")
      .describe(
          "Exits with 10 when the log was changed. Note the head it prints (-o id) somewhere "
          "else,\n"
          "and --expect will tell when the log was cut off before it or replaced.")
      .example("  tokctl audit verify --expect \"$(cat audit-head)\"")
      .run([expect](Context& context) { return verify(context, *expect); });
}

int export_log(Context& context, const std::optional<std::string>& to) {
  std::optional<OutputFile> file;
  if (to) file.emplace(*to);
  Writer out(context, event_schema(), Format::kJsonl, file ? file->sink() : context.out());
  ProgressBar bar(context, "events");
  auth::EventQuery query{.descending = false, .limit = kPageMax};
  std::int64_t done = 0;
  do {
    auto page = context.tokctl().audit().list(query);
    for (const Event& event : page.rows) out.row(event_row(event));
    done += static_cast<std::int64_t>(page.rows.size());
    bar.update(done, 0);
    query.page_token = std::move(page.next);
  } while (!query.page_token.empty());
  out.end();
  bar.clear();
  if (file) file->finish();
  return 0;
}

void add_export(Command& command) {
  auto to = std::make_shared<std::optional<std::string>>();
  command.text("--to", "FILE", *to, "A new file of mode 0600 instead of standard output")
      .describe("Every event, the oldest first; JSON lines unless -o says otherwise.")
      .example("  tokctl audit export --to audit.jsonl")
      .run([to](Context& context) { return export_log(context, *to); });
}

}  // namespace

void add_audit(Command& audit) {
  audit.example("  tokctl audit list --since 7d")
      .verb("list", "List events", add_list)
      .verb("verify", "Prove that the audit log is whole", add_verify)
      .verb("export", "Print the whole audit log", add_export);
}

}  // namespace tokctl::cli
