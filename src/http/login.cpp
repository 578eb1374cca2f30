#include "http/login.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "auth/tokens.h"
#include "base/error.h"
#include "base/utf8.h"
#include "http/json_answer.h"
#include "model/opaque_token.h"

namespace tokctl::http {
namespace {

using nlohmann::ordered_json;

void add_life(ordered_json& answer, const std::optional<Time>& expires_at, Clock& clock) {
  if (expires_at)
    answer["expires_in"] = std::max<std::int64_t>((*expires_at - clock.now()).count(), 0);
}

// Whoever is told to come back later is told nothing else, known or not.
Response come_back(Seconds after) {
  Response response = refusal(429, "slow_down");
  response.headers = {{"Retry-After", std::to_string(std::max<Seconds::rep>(after.count(), 1))},
                      {"Cache-Control", "no-store"}};
  return response;
}

// Whoever logs in comes back with what he got, and his programs with what they have.
void warm(Tokctl& library, const User& user, const SecretString& token) {
  try {
    library.tokens().look_up(token.reveal());
    library.cache().warm_user(user.public_id);
  } catch (const Error&) {  // NOLINT(bugprone-empty-catch)
    // It was issued all the same.
  }
}

Response wrong() { return challenge(401, "invalid_grant", std::string(kChallenge)); }

Response web_answer(Tokctl& library, const Policy& policy, const auth::LoggedIn& login,
                    const std::string& source, Clock& clock) {
  const User& user = login.user;
  const auto issued = library.tokens().issue_web({.email = {}, .public_id = user.public_id},
                                                 {.expires_at = clock.now() + policy.web_ttl,
                                                  .source = source,
                                                  .password_tag = login.password_tag});
  warm(library, user, issued.token);
  ordered_json answer{{"access_token", issued.token.reveal()},
                      {"token_type", "Basic"},
                      {"session_id", issued.session.session_id},
                      {"sub", user.public_id}};
  add_life(answer, issued.session.expires_at, clock);
  return json_answer(answer.dump());
}

Response jwt_answer(Tokctl& library, const Policy& policy, const auth::LoggedIn& login,
                    const std::string& source, const std::string* audience, Clock& clock) {
  const User& user = login.user;
  auth::IssueJwt request{.terms = {.ttl = policy.jwt_ttl},
                         .source = source,
                         .with_refresh = true,
                         .password_tag = login.password_tag};
  if (audience != nullptr) request.terms.audience = {*audience};
  const auto issued =
      library.tokens().issue_jwt({.email = {}, .public_id = user.public_id}, request);
  warm(library, user, issued.token);
  ordered_json answer{{"access_token", issued.token.reveal()},
                      {"token_type", "Bearer"},
                      {"refresh_token", issued.refresh.reveal()},
                      {"session_id", issued.info.session_id},
                      {"sub", user.public_id}};
  add_life(answer, issued.info.expires_at, clock);
  return json_answer(answer.dump());
}

}  // namespace

Response login(Tokctl& library, const Policy& policy, const Request& request, Clock& clock) {
  const auto fields = Fields::of(request);
  if (!fields) return refusal(400, "invalid_request");
  const std::string* email = fields->find("email");
  const std::string* password = fields->find("password");
  const std::string* type = fields->find("token_type");
  const std::string* source = fields->find("source");
  if (email == nullptr || password == nullptr) return refusal(400, "invalid_request");
  if (type != nullptr && *type != "web" && *type != "jwt") return refusal(400, "invalid_request");
  if (source != nullptr) check_source(*source);
  const bool jwt = type != nullptr && *type == "jwt";
  // Before the password is judged, which would tell whether it was right.
  if (const std::string* audience = fields->find("audience"))
    auth::check_terms({.audience = {*audience}});

  const auto verdict = library.users().login(*email, SecretString(*password));
  if (const auto* refused = std::get_if<auth::LoginRefusal>(&verdict)) {
    if (refused->kind != auth::LoginRefusal::Kind::kWrong) return come_back(refused->retry_after);
    return wrong();
  }
  const auto& logged_in = std::get<auth::LoggedIn>(verdict);
  const std::string from = source != nullptr ? *source : std::string();
  try {
    return jwt ? jwt_answer(library, policy, logged_in, from, fields->find("audience"), clock)
               : web_answer(library, policy, logged_in, from, clock);
  } catch (const Error& error) {
    // Since the password was judged, it was replaced, or its user disabled or deleted.
    if (error.id().starts_with("user.")) return wrong();
    throw;
  }
}

Response refresh(Tokctl& library, const Request& request, Clock& clock) {
  const auto fields = Fields::of(request);
  if (!fields) return refusal(400, "invalid_request");
  const std::string* grant = fields->find("grant_type");
  if (grant == nullptr) return refusal(400, "invalid_request");
  if (*grant != "refresh_token") return refusal(400, "unsupported_grant_type");
  const std::string* token = fields->find("refresh_token");
  if (token == nullptr) return refusal(400, "invalid_request");
  const auto verdict = library.tokens().exchange(*token);
  if (const Refusal* reason = std::get_if<Refusal>(&verdict)) {
    Response response = refusal(400, "invalid_grant");
    response.headers = {{"Cache-Control", "no-store"}};
    response.reason = to_text(*reason);
    return response;
  }
  const auto& refreshed = std::get<auth::Refreshed>(verdict);
  ordered_json answer{{"access_token", refreshed.token.reveal()},
                      {"token_type", "Bearer"},
                      {"refresh_token", refreshed.refresh.reveal()}};
  add_life(answer, refreshed.info.expires_at, clock);
  return json_answer(answer.dump());
}

Response logout(Tokctl& library, const Request& request) {
  // From no cookie: a page of somebody else's could have a browser send it.
  const auto token = request.count("authorization") == 1
                         ? auth::credential_in(request.header("authorization"))
                         : std::nullopt;
  // A program's token is ended by whoever manages it, or by /revoke.
  if (token && parse_opaque_token(*token)) return refusal(400, "invalid_request");
  if (!token) return challenge(401, "invalid_token", std::string(kChallenge));
  library.tokens().revoke(*token);
  return {.status = 204, .headers = {{"Cache-Control", "no-store"}}, .body = {}, .reason = {}};
}

}  // namespace tokctl::http
