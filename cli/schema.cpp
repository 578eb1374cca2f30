#include "cli/schema.h"

#include <nlohmann/json.hpp>
#include <utility>

namespace tokctl::cli {
namespace {

template <typename Ending>
std::string_view state_of(const Ending& session_or_token, Time now) {
  if (session_or_token.revoked_at) return "revoked";
  return session_or_token.live(now) ? "live" : "expired";
}

// Of what is good for one use, the use is the end.
std::string_view token_state(const TokenInfo& token, Time now) {
  const bool once = token.type == TokenType::kRefresh || token.type == TokenType::kVerify;
  return once && token.last_used_at ? "used" : state_of(token, now);
}

Value claims_value(const std::vector<std::pair<std::string, std::string>>& claims) {
  if (claims.empty()) return std::monostate();
  nlohmann::ordered_json json;
  for (const auto& [name, value] : claims) json[name] = value;
  return JsonText{json.dump()};
}

// RFC 6749 §3.3: one string with spaces. Empty reads as absent.
Value scope_value(const std::vector<std::string>& scopes) { return present(join_scopes(scopes)); }

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
                  {.name = "deleted_at", .is_time = true, .in_table = false},
                  {.name = "roles", .in_table = false},
                  {.name = "phone", .in_table = false},
                  {.name = "email_verified_at", .is_time = true, .in_table = false},
                  {.name = "phone_verified_at", .is_time = true, .in_table = false}}};
  return kSchema;
}

Row user_row(const User& user) {
  return {user.public_id,
          user.email,
          user.full_name,
          to_value(to_text(user.status)),
          user.has_password,
          user.created_at,
          user.updated_at,
          to_value(user.password_set_at),
          to_value(user.deleted_at),
          user.roles,
          present(user.phone),
          to_value(user.email_verified_at),
          to_value(user.phone_verified_at)};
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
                  {.name = "public_id", .in_table = false},
                  {.name = "username"},
                  {.name = "session_id", .in_table = false},
                  {.name = "token_name"},
                  {.name = "scope"},
                  {.name = "state"},
                  {.name = "source", .in_table = false},
                  {.name = "info", .in_table = false},
                  {.name = "created_at", .is_time = true},
                  {.name = "expires_at", .is_time = true},
                  {.name = "idle_s", .in_table = false},
                  {.name = "last_used_at", .is_time = true},
                  {.name = "revoked_at", .is_time = true, .in_table = false},
                  {.name = "ends_at", .is_time = true, .in_table = false},
                  {.name = "replaced_by", .in_table = false},
                  {.name = "purpose", .in_table = false}}};
  return kSchema;
}

Row token_row(const TokenInfo& token, Time now) {
  return {token.id,
          to_value(to_text(token.type)),
          token.public_id,
          present(token.email),
          present(token.session_id),
          present(token.token_name),
          scope_value(token.scopes),
          to_value(token_state(token, now)),
          present(token.source),
          token.info.empty() ? Value(std::monostate()) : Value(JsonText{token.info}),
          token.created_at,
          to_value(token.expires_at),
          token.idle ? Value(std::int64_t{token.idle->count()}) : Value(std::monostate()),
          to_value(token.last_used_at),
          to_value(token.revoked_at),
          to_value(token.ends_at),
          present(token.replaced_by),
          present(token.purpose)};
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
                                          {.name = "iat"},
                                          {.name = "jti"},
                                          {.name = "token_name"},
                                          {.name = "info"},
                                          {.name = "aud"},
                                          {.name = "claims"},
                                          {.name = "purpose"},
                                          {.name = "offline"}}};
  return kSchema;
}

Row verdict_row(const Verdict& verdict, bool offline) {
  if (valid(verdict) == nullptr) return {false};
  const Principal& principal = *valid(verdict);
  // RFC 7662 §2.2: times are Unix seconds.
  return {true,
          to_value(to_text(principal.type)),
          principal.public_id,
          principal.email,
          principal.full_name,
          present(principal.session_id),
          present(principal.source),
          principal.roles,
          scope_value(principal.scopes),
          principal.expires_at ? Value(to_unix(*principal.expires_at)) : Value(std::monostate()),
          to_unix(principal.issued_at),
          principal.id,
          present(principal.token_name),
          principal.info.empty() ? Value(std::monostate()) : Value(JsonText{principal.info}),
          principal.audience,
          claims_value(principal.claims),
          present(principal.purpose),
          offline};
}

const Schema& jwk_schema() {
  static const Schema kSchema{
      .id = "kid",
      .raw = "kid",
      .columns = {{.name = "kid"},
                  {.name = "alg"},
                  {.name = "state"},
                  {.name = "created_at", .is_time = true},
                  {.name = "rotated_at", .is_time = true},
                  {.name = "retired_at", .is_time = true, .in_table = false},
                  {.name = "tokens_until", .is_time = true}}};
  return kSchema;
}

Row jwk_row(const JwkInfo& key) {
  return {key.kid,
          key.algorithm,
          to_value(to_text(key.state)),
          key.created_at,
          to_value(key.rotated_at),
          to_value(key.retired_at),
          key.tokens_until};
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
