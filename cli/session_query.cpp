#include "cli/session_query.h"

#include "base/error.h"
#include "base/uuid.h"

namespace tokctl::cli {

void add_session_list_options(Command& command, SessionListOptions& options,
                              const std::string& filters) {
  options.filters = filters;
  command.text("--user", "USER", options.user, "Only this user's, by email or PublicID")
      .flag("--live", options.live, "Only those neither expired nor revoked");
  add_expiring_option(command, options.list);
  add_list_options(command, options.list, "created", filters);
}

auth::SessionQuery session_query(Context& context, const SessionListOptions& options) {
  auth::SessionQuery query{.live_only = options.live};
  std::optional<std::string> user = options.user;
  for (const auto& [field, value] : filters_of(options.list, options.filters)) {
    if (field == "kind") {
      check_choice("--filter kind", "web|jwt", value);
      query.kind = session_kind_from(value);
    } else if (field == "state") {
      check_choice("--filter state", "live", value);
      query.live_only = true;
    } else if (user) {
      throw Error(Code::kUsage, "usage.filter", "give either --user or --filter user");
    } else {
      user = value;
    }
  }
  if (user) query.user = parse_user_ref(*user);
  if (const auto sort = sort_of(options.list)) query.descending = sort->descending;
  query.expires_before = expiring_before(context, options.list);
  // What ended already is not about to expire.
  if (query.expires_before) query.live_only = true;
  return query;
}

void check_session_id(std::string_view text) {
  if (is_uuid(text)) return;
  throw Error(Code::kUsage, "session.id", "a SessionID is a lowercase UUID",
              "find it: tokctl session list --user USER");
}

}  // namespace tokctl::cli
