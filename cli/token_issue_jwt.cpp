// Issuing JWTs, refresh tokens and verifications.
#include <fmt/core.h>

#include "base/error.h"
#include "cli/token.h"
#include "cli/token_issued.h"

namespace tokctl::cli {
namespace {

// How long from now on; nothing without --ttl.
std::optional<Seconds> lifetime(Context& context, const IssueOptions& options) {
  if (!options.ttl) return std::nullopt;
  const auto end = expiry_of(context, *options.ttl);
  if (!end) {
    throw Error(Code::kUsage, "token.expires",
                fmt::format("a token of type {} cannot live for ever", *options.type), "--ttl 12h");
  }
  return *end - context.clock().now();
}

std::pair<std::string, std::string> claim_of(const std::string& text) {
  const auto at = text.find('=');
  if (at == std::string::npos || at == 0 || at + 1 == text.size())
    throw Error(Code::kUsage, "token.claim", "--claim takes NAME=VALUE");
  return {text.substr(0, at), text.substr(at + 1)};
}

auth::IssueJwt request_of(Context& context, const IssueOptions& options) {
  auth::IssueJwt request{.source = options.source.value_or(""),
                         .single = options.single,
                         .with_refresh = options.with_refresh};
  request.terms.audience = options.audience;
  if (!options.roles.empty()) request.terms.roles = options.roles;
  for (const std::string& claim : options.claims) request.terms.claims.push_back(claim_of(claim));
  if (options.algorithm) request.terms.algorithm = crypto::jws_algorithm_from(*options.algorithm);
  request.terms.ttl = lifetime(context, options).value_or(context.loaded().config.policy.jwt_ttl);
  if (options.refresh_ttl) request.refresh_ttl = duration_of("--refresh-ttl", *options.refresh_ttl);
  return request;
}

}  // namespace

int issue_jwt(Context& context, const IssueOptions& options) {
  refuse_web_options(options);
  refuse_api_options(options);
  refuse_verify_options(options);
  if (options.refresh_ttl && !options.with_refresh) {
    throw Error(Code::kUsage, "usage.options", "--refresh-ttl goes with --with-refresh",
                "tokctl token issue --help");
  }
  const UserRef ref = parse_user_ref(options.user);
  const auth::IssueJwt request = request_of(context, options);
  Issued out(context, options.secret_out);
  const auth::IssuedJwt issued = context.tokctl().tokens().issue_jwt(ref, request);
  out.committed(true, fmt::format("session {} was created", issued.info.id));
  out.one(issued.info, issued.token,
          {.sessions_revoked = issued.sessions_revoked,
           .refresh = issued.refresh_info ? &issued.refresh : nullptr,
           .refresh_id = issued.refresh_info ? issued.refresh_info->id : ""});
  return 0;
}

int issue_refresh(Context& context, const IssueOptions& options) {
  refuse_web_options(options);
  refuse_api_options(options);
  refuse_verify_options(options);
  refuse("jwt", {{"--with-refresh", options.with_refresh},
                 {"--refresh-ttl", options.refresh_ttl.has_value()}});
  const UserRef ref = parse_user_ref(options.user);
  auth::IssueJwt request = request_of(context, options);
  // Here --ttl speaks of the refresh token; its JWTs live as the policy has it.
  request.refresh_ttl = lifetime(context, options);
  request.terms.ttl = context.loaded().config.policy.jwt_ttl;
  Issued out(context, options.secret_out);
  const auth::IssuedJwt issued = context.tokctl().tokens().issue_jwt(ref, request, true);
  out.committed(true, fmt::format("session {} was created", issued.info.id));
  out.one(*issued.refresh_info, issued.refresh, {.sessions_revoked = issued.sessions_revoked});
  return 0;
}

int issue_verify(Context& context, const IssueOptions& options) {
  refuse("web or jwt", {{"--source", options.source.has_value()}, {"--single", options.single}});
  refuse_web_options(options);
  refuse_api_options(options);
  refuse_jwt_options(options);
  if (!options.purpose) {
    throw Error(Code::kUsage, "usage.option_missing", "say with --purpose what it is to prove",
                "tokctl token issue --help");
  }
  const UserRef ref = parse_user_ref(options.user);
  auth::IssueVerify request{.purpose = purpose_of(*options.purpose),
                            .ttl = lifetime(context, options)};
  if (options.code) request.code_digits = static_cast<std::size_t>(*options.code);
  Issued out(context, options.secret_out);
  const auth::IssuedVerify issued = context.tokctl().tokens().issue_verify(ref, request);
  out.committed(true, fmt::format("token {} was issued", issued.info.id));
  out.one(issued.info, issued.token);
  return 0;
}

int exchange_refresh(Context& context, const SecretString& token,
                     const std::optional<std::string>& secret_out) {
  Issued out(context, secret_out);
  const auto verdict = context.tokctl().tokens().exchange(token.reveal());
  if (std::holds_alternative<Refusal>(verdict))
    throw Error(Code::kCredential, "token.refused", "the credential was refused");
  const auto& refreshed = std::get<auth::Refreshed>(verdict);
  out.committed(true, fmt::format("token {} was issued", refreshed.refresh_info.id));
  out.one(refreshed.info, refreshed.token,
          {.refresh = &refreshed.refresh, .refresh_id = refreshed.refresh_info.id});
  return 0;
}

}  // namespace tokctl::cli
