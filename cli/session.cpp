#include <fmt/core.h>

#include <memory>

#include "base/error.h"
#include "base/time_text.h"
#include "base/utf8.h"
#include "base/uuid.h"
#include "cli/context.h"
#include "cli/listing.h"
#include "cli/nouns.h"
#include "cli/progress.h"
#include "cli/schema.h"
#include "cli/session_query.h"
#include "cli/writer.h"

namespace tokctl::cli {
namespace {

int list(Context& context, const SessionListOptions& options) {
  Writer out(context, session_schema(), Format::kTable);
  const Time now = context.clock().now();
  return print_sessions(context, out, options, session_query(context, options),
                        [now](const Session& session) { return session_row(session, now); });
}

void add_list(Command& command) {
  auto options = std::make_shared<SessionListOptions>();
  add_session_list_options(command, *options, "kind|state|user");
  command.describe("The oldest first, unless --sort -created says otherwise.")
      .example(
          "  tokctl session list --user bill@ardanlabs.com -o json | jq -r '.data[].session_id'")
      .run([options](Context& context) { return list(context, *options); });
}

int get(Context& context, const std::string& id) {
  Writer out(context, session_schema(), Format::kTable);
  check_session_id(id);
  out.object(session_row(context.tokctl().sessions().get(id), context.clock().now()));
  return 0;
}

void add_get(Command& command) {
  auto id = std::make_shared<std::string>();
  command.argument("SESSION", *id, "SessionID")
      .example("  tokctl session get 3f2504e0-4f89-41d3-9a0c-0305e82c3301")
      .run([id](Context& context) { return get(context, *id); });
}

struct RevokeOptions {
  std::optional<std::string> id;
  std::optional<std::string> user;
  std::optional<std::string> kind;
  bool all = false;
};

int revoke_one(Context& context, const std::string& id) {
  static const Schema kSchema = with(session_schema(), {{.name = "changed"}, {.name = "dry_run"}});
  Writer out(context, kSchema, Format::kTable);
  check_session_id(id);
  auth::Sessions& sessions = context.tokctl().sessions();
  Session session = sessions.get(id);
  context.confirm(fmt::format("revoke session {}", id));
  const bool changed = sessions.revoke(id);
  context.committed(changed, fmt::format("session {} was revoked", id));
  // What was rolled back is shown as it would have become.
  if (changed) session.revoked_at = context.clock().now();
  out.object(with(session_row(session, context.clock().now()), {changed, context.dry_run()}));
  return 0;
}

int revoke_all(Context& context, const RevokeOptions& options) {
  static const Schema kSchema{.id = "public_id",
                              .raw = "public_id",
                              .columns = {{.name = "public_id"},
                                          {.name = "sessions_revoked"},
                                          {.name = "changed"},
                                          {.name = "dry_run"}}};
  Writer out(context, kSchema, Format::kTable);
  const UserRef ref = parse_user_ref(*options.user);
  std::optional<SessionKind> kind;
  if (options.kind) kind = session_kind_from(*options.kind);
  const User user = context.tokctl().users().get(ref);
  context.confirm(fmt::format("end all sessions of {}", printable(user.email)));
  const std::int64_t count = context.tokctl().sessions().revoke_all(ref, kind);
  context.committed(count > 0,
                    fmt::format("{} sessions of user {} were revoked", count, user.public_id));
  out.object({user.public_id, count, count > 0, context.dry_run()});
  return 0;
}

int revoke(Context& context, const RevokeOptions& options) {
  if (options.id && !options.user && !options.all && !options.kind) {
    return revoke_one(context, *options.id);
  }
  if (!options.id && options.user && options.all) return revoke_all(context, options);
  throw Error(Code::kUsage, "usage.argument", "give either a SessionID or --user USER --all",
              "tokctl session revoke --help");
}

void add_revoke(Command& command) {
  auto options = std::make_shared<RevokeOptions>();
  command.optional_argument("SESSION", options->id, "SessionID")
      .text("--user", "USER", options->user, "Email or PublicID, with --all")
      .flag("--all", options->all, "Every live session of the user")
      .choice("--kind", "web|jwt", options->kind, "With --all, only sessions of this kind")
      .mutation()
      .describe("Its tokens are refused from then on. Asks first.")
      .example("  tokctl session revoke --user bill@ardanlabs.com --all --yes")
      .run([options](Context& context) { return revoke(context, *options); });
}

int prune(Context& context, const std::optional<std::string>& older_than) {
  static const Schema kSchema{
      .id = "sessions",
      .raw = "sessions",
      .columns = {{.name = "sessions"}, {.name = "changed"}, {.name = "dry_run"}}};
  Writer out(context, kSchema, Format::kTable);
  Seconds age = context.loaded().config.policy.session_retention;
  if (older_than) {
    const auto given = parse_duration(*older_than);
    if (!given) {
      throw Error(Code::kUsage, "usage.duration",
                  "--older-than takes a time such as 90m, 12h or 30d");
    }
    age = *given;
  }
  context.confirm(fmt::format("delete sessions that ended more than {} ago", format_duration(age)));
  ProgressBar bar(context, "sessions");
  const auto count = context.tokctl().sessions().prune(context.clock().now() - age, bar.progress());
  bar.clear();
  context.committed(count > 0, fmt::format("{} sessions were deleted", count));
  out.object({count, count > 0, context.dry_run()});
  return 0;
}

void add_prune(Command& command) {
  auto older_than = std::make_shared<std::optional<std::string>>();
  command
      .text("--older-than", "DURATION", *older_than,
            "How long ago they ended; policy.session_retention otherwise")
      .mutation()
      .describe("Asks first.")
      .example("  tokctl session prune --older-than 30d --yes")
      .run([older_than](Context& context) { return prune(context, *older_than); });
}

}  // namespace

void add_session(Command& session) {
  session.example("  tokctl session list --user bill@ardanlabs.com")
      .verb("list", "List sessions", add_list)
      .verb("get", "Show one session", add_get)
      .verb("revoke", "End one session, or all of a user", add_revoke)
      .verb("prune", "Delete sessions that ended long ago", add_prune);
}

}  // namespace tokctl::cli
