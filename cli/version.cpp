#include "embedded/version.h"

#include <memory>

#include "cli/context.h"
#include "cli/nouns.h"
#include "cli/writer.h"

namespace tokctl::cli {
namespace {

int version(Context& context) {
  static const Schema kSchema{
      .id = "version", .raw = "version", .columns = {{.name = "name"}, {.name = "version"}}};
  if (!context.globals().format && context.globals().fields.empty()) {
    context.print("tokctl " + std::string(embedded::kVersion) + "\n");
    return 0;
  }
  Writer(context, kSchema, Format::kTable)
      .object({to_value("tokctl"), to_value(embedded::kVersion)});
  return 0;
}

}  // namespace

void add_version(Command& command) { command.example("  tokctl version").run(version); }

}  // namespace tokctl::cli
