#include "cli/schema.h"

#include <utility>

namespace tokctl::cli {
namespace {

std::string_view state_of(const Session& session, Time now) {
  if (session.revoked_at) return "revoked";
  return session.live(now) ? "live" : "expired";
}

}  // namespace

const Schema& user_schema() {
  static const Schema kSchema{
      .id = "public_id",
      .raw = "public_id",
      .columns = {{.name = "public_id"},
                  {.name = "email"},
                  {.name = "name"},
                  {.name = "status"},
                  {.name = "has_password", .in_table = false},
                  {.name = "created_at", .is_time = true},
                  {.name = "updated_at", .is_time = true, .in_table = false},
                  {.name = "password_set_at", .is_time = true, .in_table = false},
                  {.name = "deleted_at", .is_time = true, .in_table = false}}};
  return kSchema;
}

Row user_row(const User& user) {
  return {
      user.public_id,           user.email,      user.full_name,  to_value(to_text(user.status)),
      user.has_password,        user.created_at, user.updated_at, to_value(user.password_set_at),
      to_value(user.deleted_at)};
}

const Schema& session_schema() {
  static const Schema kSchema{
      .id = "session_id",
      .raw = "session_id",
      .columns = {{.name = "session_id"},
                  {.name = "public_id"},
                  {.name = "kind"},
                  {.name = "state"},
                  {.name = "source"},
                  {.name = "scheme", .in_table = false},
                  {.name = "root_key_id", .in_table = false},
                  {.name = "created_at", .is_time = true},
                  {.name = "expires_at", .is_time = true},
                  {.name = "last_used_at", .is_time = true, .in_table = false},
                  {.name = "revoked_at", .is_time = true, .in_table = false}}};
  return kSchema;
}

Row session_row(const Session& session, Time now) {
  return {session.session_id,
          session.public_id,
          to_value(to_text(session.kind)),
          to_value(state_of(session, now)),
          present(session.source),
          to_value(to_text(session.scheme)),
          session.root_key_id,
          session.created_at,
          to_value(session.expires_at),
          to_value(session.last_used_at),
          to_value(session.revoked_at)};
}

const Schema& token_schema() {
  static const Schema kSchema{
      .id = "id",
      .raw = "id",
      .columns = {{.name = "id"},
                  {.name = "token_type"},
                  {.name = "public_id"},
                  {.name = "session_id", .in_table = false},
                  {.name = "state"},
                  {.name = "source"},
                  {.name = "created_at", .is_time = true},
                  {.name = "expires_at", .is_time = true},
                  {.name = "last_used_at", .is_time = true, .in_table = false},
                  {.name = "revoked_at", .is_time = true, .in_table = false}}};
  return kSchema;
}

Row token_row(const Session& session, Time now) {
  return {session.session_id,
          to_value(to_text(TokenType::kWeb)),
          session.public_id,
          session.session_id,
          to_value(state_of(session, now)),
          present(session.source),
          session.created_at,
          to_value(session.expires_at),
          to_value(session.last_used_at),
          to_value(session.revoked_at)};
}

const Schema& principal_schema() {
  static const Schema kSchema{.id = "sub",
                              .raw = "sub",
                              .columns = {{.name = "active"},
                                          {.name = "token_type"},
                                          {.name = "sub"},
                                          {.name = "username"},
                                          {.name = "name"},
                                          {.name = "session_id"},
                                          {.name = "source"},
                                          {.name = "roles"},
                                          {.name = "scope"},
                                          {.name = "exp"},
                                          {.name = "iat"}}};
  return kSchema;
}

Row verdict_row(const Verdict& verdict) {
  if (valid(verdict) == nullptr) return {false};
  const Principal& principal = *valid(verdict);
  // RFC 7662 §2.2: scopes are one string with spaces, times are Unix seconds.
  std::string scope;
  for (const std::string& each : principal.scopes) scope += (scope.empty() ? "" : " ") + each;
  return {true,
          to_value(to_text(principal.type)),
          principal.public_id,
          principal.email,
          principal.full_name,
          present(principal.session_id),
          present(principal.source),
          principal.roles,
          present(scope),
          principal.expires_at ? Value(to_unix(*principal.expires_at)) : Value(std::monostate()),
          to_unix(principal.issued_at)};
}

const Schema& event_schema() {
  static const Schema kSchema{.id = "seq",
                              .raw = "seq",
                              .columns = {{.name = "seq"},
                                          {.name = "at", .is_time = true},
                                          {.name = "type"},
                                          {.name = "actor"},
                                          {.name = "public_id"},
                                          {.name = "subject", .in_table = false},
                                          {.name = "detail"},
                                          {.name = "root_key_id", .in_table = false},
                                          {.name = "mac", .in_table = false}}};
  return kSchema;
}

Row event_row(const Event& event) {
  return {event.seq,
          event.at,
          event.type,
          event.actor,
          present(event.public_id),
          present(event.subject),
          JsonText{event.detail},
          event.root_key_id,
          event.mac};
}

const Schema& check_schema() {
  static const Schema kSchema{
      .id = "check",
      .raw = "check",
      .columns = {{.name = "check"}, {.name = "passed"}, {.name = "detail"}}};
  return kSchema;
}

Row check_row(const Check& check) {
  return {to_value(check.name), check.passed, present(check.detail)};
}

Schema with(const Schema& schema, std::initializer_list<Column> more) {
  Schema all = schema;
  all.columns.insert(all.columns.end(), more);
  return all;
}

Row with(Row row, std::initializer_list<Value> more) {
  row.insert(row.end(), more);
  return row;
}

}  // namespace tokctl::cli
