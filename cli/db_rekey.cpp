#include <fmt/core.h>

#include "base/error.h"
#include "cli/context.h"
#include "cli/nouns.h"
#include "cli/progress.h"
#include "cli/writer.h"

namespace tokctl::cli {
namespace {

int rekey(Context& context) {
  static const Schema kSchema{.id = "root_key",
                              .raw = "values",
                              .columns = {{.name = "root_key"},
                                          {.name = "values"},
                                          {.name = "broken"},
                                          {.name = "changed"},
                                          {.name = "dry_run"}}};
  Writer out(context, kSchema, Format::kTable);
  context.never_create();
  ProgressBar bar(context, "values");
  const auth::Rekeyed done = context.tokctl().database().rekey(bar.progress());
  bar.clear();
  context.committed(done.values > 0, fmt::format("{} values were sealed anew", done.values));
  for (const std::string& trouble : done.troubles) context.note(trouble);
  const auto broken = static_cast<std::int64_t>(done.troubles.size());
  out.object({done.root_key, done.values, broken, done.values > 0, context.dry_run()});
  if (broken == 0) return 0;
  context.out().flush();
  throw Error(Code::kIntegrity, "seal.broken",
              fmt::format("{} value{} not open and {} left", broken, broken == 1 ? " does" : "s do",
                          broken == 1 ? "was" : "were"),
              "tokctl db check");
}

}  // namespace

void add_db_rekey(Command& command) {
  command.mutation()
      .describe(
          "Passwords, tokens and keys that are sealed under another root key are sealed under the\n"
          "active one, while others work. Stopped half-way, it goes on where it was. Afterwards "
          "the\n"
          "old key can be retired.")
      .example(
          "  tokctl init --activate \"$(tokctl init --new-root-key -o id)\"\n"
          "  tokctl db rekey")
      .run(rekey);
}

}  // namespace tokctl::cli
