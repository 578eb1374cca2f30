#include "base/config.h"

#include "auth/opening.h"
#include "cli/context.h"
#include "cli/nouns.h"
#include "cli/writer.h"

namespace tokctl::cli {
namespace {

std::string_view to_text(Origin origin) {
  switch (origin) {
    case Origin::kDefault:
      return "default";
    case Origin::kFile:
      return "file";
    case Origin::kEnvironment:
      return "environment";
    case Origin::kFlag:
      return "flag";
  }
  return "";
}

int show(Context& context) {
  static const Schema kSchema{
      .id = "name",
      .raw = "value",
      .columns = {{.name = "name"}, {.name = "value"}, {.name = "origin"}, {.name = "where"}}};
  Writer out(context, kSchema, Format::kTable);
  for (const Setting& setting : context.loaded().settings) {
    const bool searched_for = setting.name == "key_file" && setting.value.empty();
    const std::string value =
        searched_for ? auth::key_file_of(context.loaded().config) : setting.value;
    out.row(
        {setting.name, present(value), to_value(to_text(setting.origin)), present(setting.where)});
  }
  out.end();
  return 0;
}

// Where a configuration of one's own would be read from.
std::string user_file(const Environment& environment) {
  const auto xdg = environment("XDG_CONFIG_HOME");
  if (xdg && xdg->starts_with('/')) return *xdg + "/tokctl/config.toml";
  return environment("HOME").value_or("") + "/.config/tokctl/config.toml";
}

int path(Context& context) {
  static const Schema kSchema{
      .id = "path", .raw = "path", .columns = {{.name = "path"}, {.name = "exists"}}};
  Writer out(context, kSchema, Format::kRaw);
  const std::string& file = context.loaded().file;
  out.object({file.empty() ? user_file(context.environment()) : file, !file.empty()});
  return 0;
}

}  // namespace

void add_config(Command& config) {
  config.example("  tokctl config show")
      .verb("show", "Show every setting and where it comes from",
            [](Command& command) { command.example("  tokctl config show").run(show); })
      .verb("path", "Show which file is read", [](Command& command) {
        command.describe("Without one, the place where it is looked for.")
            .example("  ${EDITOR:-vi} \"$(tokctl config path)\"")
            .run(path);
      });
}

}  // namespace tokctl::cli
