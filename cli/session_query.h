// Sessions as `session list` looks for them.
#pragma once

#include <optional>
#include <string>
#include <utility>

#include "auth/sessions.h"
#include "cli/listing.h"

namespace tokctl::cli {

struct SessionListOptions {
  ListOptions list;
  std::optional<std::string> user;
  bool live = false;
  std::string filters;
};

void add_session_list_options(Command& command, SessionListOptions& options,
                              const std::string& filters);
auth::SessionQuery session_query(Context& context, const SessionListOptions& options);

// Throws Error(kUsage, "session.id") unless `text` is a SessionID, without repeating it: it may be
// a token.
void check_session_id(std::string_view text);

template <typename Show>
int print_sessions(Context& context, Writer& out, const SessionListOptions& options,
                   auth::SessionQuery query, Show&& show) {
  return print_list(
      out, options.list,
      [&](std::size_t limit, const std::string& page) {
        query.limit = limit;
        query.page_token = page;
        return context.tokctl().sessions().list(query);
      },
      std::forward<Show>(show));
}

}  // namespace tokctl::cli
