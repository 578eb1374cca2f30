#include <fmt/core.h>

#include <memory>

#include "base/encoding.h"
#include "base/error.h"
#include "cli/context.h"
#include "cli/nouns.h"
#include "cli/writer.h"
#include "crypto/keyring.h"

namespace tokctl::cli {
namespace {

struct InitOptions {
  bool new_root_key = false;
  std::optional<std::string> activate;
  std::optional<std::string> retire;
};

int set_up(Context& context, bool new_root_key) {
  static const Schema kSchema{.id = "root_key",
                              .raw = "root_key",
                              .columns = {{.name = "db"},
                                          {.name = "key_file"},
                                          {.name = "root_key"},
                                          {.name = "created_database"},
                                          {.name = "created_key_file"},
                                          {.name = "added_root_key"},
                                          {.name = "changed"},
                                          {.name = "dry_run"}}};
  Writer out(context, kSchema, Format::kTable);
  const auth::SetUp done = auth::initialize(context.config(), new_root_key);
  const bool changed = done.created_database || done.created_key_file || done.added_root_key;
  context.committed(changed, fmt::format("root key {} is in {}", done.root_key, done.key_file));
  out.object({done.db, done.key_file, done.root_key, done.created_database, done.created_key_file,
              done.added_root_key, changed, context.dry_run()});
  if (done.created_key_file && !context.dry_run()) {
    context.note(fmt::format("keep a copy of {} in a safe place: without it no token is valid",
                             done.key_file));
  }
  return 0;
}

int change_key(Context& context, const std::string& id, bool retire) {
  static const Schema kSchema{
      .id = "root_key",
      .raw = "root_key",
      .columns = {
          {.name = "root_key"}, {.name = "state"}, {.name = "changed"}, {.name = "dry_run"}}};
  Writer out(context, kSchema, Format::kTable);
  const auto bytes = hex_decode(id);
  if (!bytes || id.size() != crypto::kRootKeyIdSize) {
    throw Error(Code::kUsage, "key.id",
                fmt::format("a root key's id is {} hexadecimal digits", crypto::kRootKeyIdSize),
                "tokctl db status");
  }
  if (retire) {
    context.confirm(fmt::format("retire root key {}, and with it every token made under it", id));
  }
  auth::Database& database = context.tokctl().database();
  const bool changed = retire ? database.retire_root_key(id) : database.activate_root_key(id);
  const char* state = retire ? "retired" : "active";
  context.committed(changed, fmt::format("root key {} is {}", id, state));
  out.object({id, std::string(state), changed, context.dry_run()});
  return 0;
}

int init(Context& context, const InitOptions& options) {
  if (int{options.new_root_key} + int{options.activate.has_value()} +
          int{options.retire.has_value()} >
      1) {
    throw Error(Code::kUsage, "usage.options",
                "give only one of --new-root-key, --activate and --retire", "tokctl init --help");
  }
  if (options.activate) return change_key(context, *options.activate, false);
  if (options.retire) return change_key(context, *options.retire, true);
  return set_up(context, options.new_root_key);
}

}  // namespace

void add_init(Command& command) {
  auto options = std::make_shared<InitOptions>();
  command.flag("--new-root-key", options->new_root_key, "Add a root key, not in use yet")
      .text("--activate", "ID", options->activate, "Use this root key from now on")
      .text("--retire", "ID", options->retire, "End this root key and the tokens made under it")
      .mutation()
      .describe(
          "Makes what is missing of database and root key file, and changes nothing that exists.\n"
          "A new root key is given to every host before it is activated.")
      .example("  tokctl init")
      .run([options](Context& context) { return init(context, *options); });
}

}  // namespace tokctl::cli
