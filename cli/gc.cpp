#include <fmt/core.h>

#include <memory>

#include "base/error.h"
#include "base/time_text.h"
#include "cli/context.h"
#include "cli/nouns.h"
#include "cli/progress.h"
#include "cli/writer.h"

namespace tokctl::cli {
namespace {

int gc(Context& context, const std::optional<std::string>& older_than) {
  static const Schema kSchema{.id = "total",
                              .raw = "total",
                              .columns = {{.name = "sessions"},
                                          {.name = "tokens"},
                                          {.name = "login_throttle"},
                                          {.name = "events"},
                                          {.name = "kit_users"},
                                          {.name = "grants"},
                                          {.name = "jwks"},
                                          {.name = "total"},
                                          {.name = "changed"},
                                          {.name = "dry_run"}}};
  Writer out(context, kSchema, Format::kTable);
  std::optional<Seconds> age;
  if (older_than) {
    age = parse_duration(*older_than);
    if (!age) {
      throw Error(Code::kUsage, "usage.duration", "--older-than takes a time such as 90m or 30d");
    }
  }
  ProgressBar bar(context, "rows");
  const auth::Collected removed = context.tokctl().database().collect(age, bar.progress());
  bar.clear();
  context.committed(removed.total() > 0, fmt::format("{} rows were deleted", removed.total()));
  out.object({removed.sessions, removed.tokens, removed.login_throttle, removed.events,
              removed.kit_users, removed.grants, removed.jwks, removed.total(), removed.total() > 0,
              context.dry_run()});
  return 0;
}

}  // namespace

void add_gc(Command& command) {
  auto older_than = std::make_shared<std::optional<std::string>>();
  command
      .text("--older-than", "DURATION", *older_than,
            "How long ago they ended; policy.session_retention otherwise")
      .mutation()
      .describe("Sessions, tokens, counts of failed logins, and events if so configured.")
      .example("  tokctl gc --dry-run")
      .run([older_than](Context& context) { return gc(context, *older_than); });
}

}  // namespace tokctl::cli
