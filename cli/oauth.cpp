#include "base/error.h"
#include "base/time_text.h"
#include "cli/listing.h"
#include "cli/nouns.h"
#include "cli/oauth_grant.h"
#include "cli/writer.h"

namespace tokctl::cli {
namespace {

struct ListGrants {
  ListOptions list;
  std::optional<std::string> account;
  std::optional<std::string> provider;
};

constexpr const char* kFilters = "account|provider|state";

oauth::GrantQuery query_of(Context& context, const ListGrants& options) {
  oauth::GrantQuery query{.account = options.account.value_or(""),
                          .provider = options.provider.value_or(""),
                          .page_token = {}};
  for (const auto& [field, value] : filters_of(options.list, kFilters)) {
    if (field == "account") {
      query.account = value;
    } else if (field == "provider") {
      query.provider = value;
    } else {
      check_choice("--filter state", "active|needs_reauth|revoked", value);
      query.state = grant_state_from(value);
    }
  }
  query.expires_before = expiring_before(context, options.list);
  return query;
}

int list(Context& context, const ListGrants& options) {
  Writer out(context, grant_schema(), Format::kTable);
  oauth::GrantQuery query = query_of(context, options);
  return print_list(
      out, options.list,
      [&](std::size_t limit, const std::string& page) {
        query.limit = limit;
        query.page_token = page;
        return context.tokctl().oauth().grants().list(query);
      },
      grant_row);
}

void add_list(Command& command) {
  auto options = std::make_shared<ListGrants>();
  command.text("--account", "ACCOUNT", options->account, "Only this account's")
      .text("--provider", "PROVIDER", options->provider, "Only from this provider");
  add_expiring_option(command, options->list);
  add_list_options(command, options->list, "", kFilters);
  command.describe("By account, provider and label.")
      .example("  tokctl oauth list --filter state=needs_reauth -o json")
      .run([options](Context& context) { return list(context, *options); });
}

}  // namespace

void add_grant_options(Command& command, GrantOptions& options) {
  command.argument("ACCOUNT", options.account, "Whose: any name you go by")
      .required_text("--provider", "PROVIDER", options.provider, "Who issued it")
      .text("--label", "LABEL", options.label, "Which of several from the same provider");
}

Seconds min_valid_of(const std::optional<std::string>& text) {
  if (!text) return oauth::kMinValid;
  const auto duration = parse_duration(*text);
  if (!duration) {
    throw Error(Code::kUsage, "usage.duration", "--min-valid takes a time such as 5m or 1h");
  }
  return *duration;
}

const Schema& grant_schema() {
  static const Schema kSchema{
      .id = "id",
      .raw = "id",
      .columns = {{.name = "id", .in_table = false},
                  {.name = "account"},
                  {.name = "provider"},
                  {.name = "label"},
                  {.name = "kind", .in_table = false},
                  {.name = "state"},
                  {.name = "scope", .in_table = false},
                  {.name = "refreshable", .in_table = false},
                  {.name = "expires_at", .is_time = true},
                  {.name = "refreshed_at", .is_time = true},
                  {.name = "failures"},
                  {.name = "last_error"},
                  {.name = "failed_at", .is_time = true, .in_table = false},
                  {.name = "retry_at", .is_time = true, .in_table = false},
                  {.name = "obtained_at", .is_time = true, .in_table = false},
                  {.name = "created_at", .is_time = true, .in_table = false}}};
  return kSchema;
}

Row grant_row(const OAuthGrant& grant) {
  return {grant.id,
          grant.ref.account,
          grant.ref.provider,
          present(grant.ref.label),
          to_value(to_text(grant.kind)),
          to_value(to_text(grant.state)),
          present(grant.scope),
          grant.refreshable(),
          to_value(grant.expires_at),
          to_value(grant.refreshed_at),
          grant.failures,
          present(grant.last_error),
          to_value(grant.failed_at),
          to_value(grant.retry_at),
          grant.obtained_at,
          grant.created_at};
}

void add_oauth(Command& oauth) {
  oauth
      .example(
          "  tokctl oauth get alice --provider github --header |\n"
          "      curl -H @- https://api.github.com/user")
      .verb("provider", "Who issues credentials to you", add_oauth_provider)
      .verb("login", "Obtain a grant", add_oauth_login)
      .verb("save", "Keep a grant that was obtained elsewhere", add_oauth_save)
      .verb("get", "Print a fresh access token", add_oauth_get)
      .verb("exec", "Run a command with a fresh access token", add_oauth_exec)
      .verb("refresh", "Refresh grants before they expire", add_oauth_refresh)
      .verb("list", "List grants", add_list)
      .verb("revoke", "End a grant at the provider and here", add_oauth_revoke)
      .verb("delete", "Forget a grant here", add_oauth_delete);
}

}  // namespace tokctl::cli
