#include <fmt/core.h>

#include <algorithm>

#include "base/error.h"
#include "cli/context.h"
#include "cli/nouns.h"
#include "cli/schema.h"
#include "cli/writer.h"

namespace tokctl::cli {
namespace {

int doctor(Context& context) {
  Writer out(context, check_schema(), Format::kTable);
  context.never_create();
  const std::vector<Check> checks = auth::diagnose(context.config());
  for (const Check& check : checks) out.row(check_row(check));
  out.end();
  const auto failed =
      std::count_if(checks.begin(), checks.end(), [](const Check& check) { return !check.passed; });
  if (failed == 0) return 0;
  context.out().flush();
  throw Error(Code::kIntegrity, "doctor.failed",
              fmt::format("{} of {} checks failed", failed, checks.size()));
}

}  // namespace

void add_doctor(Command& command) {
  command.describe("Changes nothing. Exits with 10 when a check fails.")
      .example("  tokctl doctor")
      .run(doctor);
}

}  // namespace tokctl::cli
