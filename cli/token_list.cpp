#include <fmt/core.h>

#include <memory>

#include "base/error.h"
#include "base/time_text.h"
#include "cli/listing.h"
#include "cli/schema.h"
#include "cli/token.h"
#include "cli/writer.h"

namespace tokctl::cli {
namespace {

constexpr const char* kFilters = "name|state|type|user";

struct ListTokens {
  ListOptions list;
  std::optional<std::string> user;
  std::optional<std::string> type;
  std::optional<std::string> unused_for;
  bool live = false;
};

// A filter says what an option may say too; not both.
void set(std::optional<std::string>& option, std::string_view name, const std::string& value) {
  if (option) {
    throw Error(Code::kUsage, "usage.filter",
                fmt::format("give either --{} or --filter {}", name, name));
  }
  option = value;
}

auth::TokenQuery token_query(Context& context, const ListTokens& options) {
  auth::TokenQuery query{.live_only = options.live};
  auto user = options.user;
  auto type = options.type;
  for (const auto& [field, value] : filters_of(options.list, kFilters)) {
    if (field == "name") {
      query.name = value;
    } else if (field == "state") {
      check_choice("--filter state", "live", value);
      query.live_only = true;
    } else if (field == "type") {
      check_choice("--filter type", kTokenTypes, value);
      set(type, field, value);
    } else {
      set(user, field, value);
    }
  }
  if (user) query.user = parse_user_ref(*user);
  query.type = token_type(type);
  if (const auto sort = sort_of(options.list)) query.descending = sort->descending;
  query.expires_before = expiring_before(context, options.list);
  if (options.unused_for) {
    const auto duration = parse_duration(*options.unused_for);
    if (!duration) {
      throw Error(Code::kUsage, "usage.duration",
                  "--unused-for takes a time such as 90m, 12h or 90d");
    }
    if (query.type && *query.type != TokenType::kApi) {
      throw Error(
          Code::kUsage, "usage.options",
          "--unused-for goes with API tokens: of no other it is recorded when they are used",
          "tokctl token list --help");
    }
    query.unused_since = context.clock().now() - *duration;
  }
  // What ended already is neither about to expire nor waiting to be used.
  if (query.expires_before || query.unused_since) query.live_only = true;
  return query;
}

int list(Context& context, const ListTokens& options) {
  Writer out(context, token_schema(), Format::kTable);
  auth::TokenQuery query = token_query(context, options);
  const Time now = context.clock().now();
  return print_list(
      out, options.list,
      [&](std::size_t limit, const std::string& page) {
        query.limit = limit;
        query.page_token = page;
        return context.tokctl().tokens().list(query);
      },
      [now](const TokenInfo& token) { return token_row(token, now); });
}

}  // namespace

void add_token_list(Command& command) {
  auto options = std::make_shared<ListTokens>();
  command.choice("--type", kTokenTypes, options->type, kTokenTypeHelp)
      .text("--user", "USER", options->user, "Only this user's, by email or PublicID")
      .flag("--live", options->live, "Only those neither expired nor revoked");
  add_expiring_option(command, options->list);
  command.text("--unused-for", "DURATION", options->unused_for,
               "Only live API tokens not used for this time, such as 90d");
  add_list_options(command, options->list, "created", kFilters);
  command.describe("Everything that was issued, the oldest first, and never the credentials.")
      .example(
          "  tokctl token list --user bill@ardanlabs.com --expiring-within 7d -o json\n"
          "  tokctl token list --type api --unused-for 90d")
      .run([options](Context& context) { return list(context, *options); });
}

}  // namespace tokctl::cli
