// The verbs that refresh and end grants.
#include <fmt/core.h>

#include <memory>

#include "base/error.h"
#include "base/utf8.h"
#include "cli/interrupt.h"
#include "cli/oauth_grant.h"
#include "cli/progress.h"
#include "cli/schema.h"
#include "cli/writer.h"

namespace tokctl::cli {
namespace {

const Schema& changed_schema() {
  static const Schema kSchema = with(grant_schema(), {{.name = "changed"}, {.name = "dry_run"}});
  return kSchema;
}

// Most of the time is spent waiting for providers, of whom few like more from one client.
constexpr std::size_t kAtOnce = 4;

struct RefreshOptions {
  std::optional<std::string> account, provider, label, min_valid;
  bool due = false;
  bool all = false;
};

int refresh_one(Context& context, const RefreshOptions& options) {
  Writer out(context, changed_schema(), Format::kTable);
  const GrantRef ref{*options.account, *options.provider, options.label.value_or("")};
  const Interruptible interruptible;  // and the answer is kept all the same
  const OAuthGrant grant = context.tokctl().oauth().grants().refresh(ref);
  context.committed(true, fmt::format("grant {} was refreshed", grant.id));
  out.object(with(grant_row(grant), {true, context.dry_run()}));
  return 0;
}

int refresh_many(Context& context, const RefreshOptions& options) {
  static const Schema kSchema{.id = "refreshed",
                              .raw = "refreshed",
                              .columns = {{.name = "refreshed"},
                                          {.name = "failed"},
                                          {.name = "needs_reauth"},
                                          {.name = "skipped"},
                                          {.name = "changed"},
                                          {.name = "dry_run"}}};
  Writer out(context, kSchema, Format::kTable);
  const Interruptible interruptible;  // and what was begun is finished
  ProgressBar bar(context, "grants");
  const auto tell = [&](const Error& error) {
    bar.clear();
    context.note(error.message());
  };
  const oauth::Refreshing how{.at_once = kAtOnce,
                              .told = tell,
                              .stopped = Interruptible::noted,
                              .progress = bar.progress()};
  auto& grants = context.tokctl().oauth().grants();
  const auto summary = options.due ? grants.refresh_due(min_valid_of(options.min_valid), how)
                                   : grants.refresh_all(how);
  bar.clear();
  context.committed(summary.refreshed > 0,
                    fmt::format("{} grants were refreshed", summary.refreshed));
  out.object({summary.refreshed, summary.failed, summary.needs_reauth, summary.skipped,
              summary.refreshed > 0, context.dry_run()});
  const auto behind = summary.failed + summary.needs_reauth + summary.skipped;
  if (behind == 0 && !Interruptible::noted()) return 0;
  context.out().flush();
  Interruptible::check();
  throw Error(
      summary.refreshed > 0                  ? Code::kPartial
      : summary.failed + summary.skipped > 0 ? Code::kRemote
                                             : Code::kReauthorize,
      "oauth.not_all_refreshed",
      fmt::format("{} of {} grants could not be refreshed", behind, behind + summary.refreshed),
      "tokctl oauth list --fields account,provider,state,last_error");
}

int refresh(Context& context, const RefreshOptions& options) {
  if (options.account && options.provider && !options.due && !options.all && !options.min_valid) {
    return refresh_one(context, options);
  }
  const bool named = options.account || options.provider || options.label;
  if (!named && options.due != options.all && (options.due || !options.min_valid)) {
    return refresh_many(context, options);
  }
  throw Error(Code::kUsage, "usage.argument", "give ACCOUNT and --provider, or --due, or --all",
              "tokctl oauth refresh --help");
}

struct RevokeOptions {
  GrantOptions grant;
  bool local = false;
};

int revoke(Context& context, const RevokeOptions& options) {
  Writer out(context, changed_schema(), Format::kTable);
  auto& grants = context.tokctl().oauth().grants();
  const GrantRef ref = options.grant.ref();
  grants.find(ref);
  context.confirm(
      fmt::format("revoke the grant of {} at {}", printable(ref.account), printable(ref.provider)));
  const auto change = grants.revoke(ref, options.local);
  context.committed(change.changed, fmt::format("grant {} was revoked", change.grant.id));
  out.object(with(grant_row(change.grant), {change.changed, context.dry_run()}));
  return 0;
}

int remove(Context& context, const GrantOptions& options) {
  Writer out(context, changed_schema(), Format::kTable);
  auto& grants = context.tokctl().oauth().grants();
  const GrantRef ref = options.ref();
  grants.find(ref);
  context.confirm(
      fmt::format("forget the grant of {} at {}", printable(ref.account), printable(ref.provider)));
  const OAuthGrant grant = grants.remove(ref);
  context.committed(true, fmt::format("grant {} was deleted", grant.id));
  out.object(with(grant_row(grant), {true, context.dry_run()}));
  return 0;
}

}  // namespace

void add_oauth_refresh(Command& command) {
  auto options = std::make_shared<RefreshOptions>();
  command.optional_argument("ACCOUNT", options->account, "Whose, with --provider")
      .text("--provider", "PROVIDER", options->provider, "Who issued it")
      .text("--label", "LABEL", options->label, "Which of several from the same provider")
      .flag("--due", options->due, "Every one that is about to expire")
      .flag("--all", options->all, "Every one that can be refreshed")
      .text("--min-valid", "DURATION", options->min_valid,
            "With --due, those that are good for less than this (5m)")
      .mutation()
      .describe(
          "For cron: exits with 0 when nothing is left to do, with 11 when some could not be\n"
          "refreshed, and with 8 or 9 when none could. One that needs a person is told of once.")
      .example("  tokctl oauth refresh --due --min-valid 15m -q")
      .run([options](Context& context) { return refresh(context, *options); });
}

void add_oauth_revoke(Command& command) {
  auto options = std::make_shared<RevokeOptions>();
  add_grant_options(command, options->grant);
  command.flag("--local", options->local, "Only here: the provider is not told")
      .mutation()
      .describe("Its tokens are gone; what it was stays in the list. Asks first.")
      .example("  tokctl oauth revoke alice --provider github --yes")
      .run([options](Context& context) { return revoke(context, *options); });
}

void add_oauth_delete(Command& command) {
  auto options = std::make_shared<GrantOptions>();
  add_grant_options(command, *options);
  command.mutation()
      .describe("The provider is not told: it goes on there. Asks first.")
      .example("  tokctl oauth delete alice --provider salla --yes")
      .run([options](Context& context) { return remove(context, *options); });
}

}  // namespace tokctl::cli
