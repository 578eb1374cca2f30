#include "cli/user_change.h"

#include <fmt/core.h>

#include "cli/schema.h"

namespace tokctl::cli {

const Schema& user_change_schema() {
  static const Schema kSchema = with(user_schema(), {{.name = "changed"},
                                                     {.name = "sessions_revoked"},
                                                     {.name = "tokens_revoked"},
                                                     {.name = "dry_run"}});
  return kSchema;
}

void print_change(Context& context, Writer& out, const auth::UserChange& change,
                  const std::string& done) {
  context.committed(change.changed, fmt::format("user {} was {}", change.user.public_id, done));
  out.object(with(user_row(change.user), {change.changed, change.sessions_revoked,
                                          change.tokens_revoked, context.dry_run()}));
}

}  // namespace tokctl::cli
