#include "auth/tokens.h"

#include <utility>

#include "auth/api_tokens.h"
#include "auth/read.h"
#include "auth/starting.h"
#include "auth/user_rows.h"
#include "auth/uses.h"
#include "auth/web_tokens.h"
#include "base/error.h"
#include "base/utf8.h"
#include "model/opaque_token.h"

namespace tokctl::auth {

Tokens::Tokens(Context& context)
    : context_(context),
      kit_(std::make_unique<KitTokens>()),
      uses_(std::make_unique<Uses>(context)) {}
Tokens::Tokens(Tokens&&) noexcept = default;
Tokens::~Tokens() = default;

IssuedWeb Tokens::issue_web(const UserRef& ref, const IssueWeb& request) {
  check_source(request.source);
  return write(context_, [&](Change& change) {
    auto owner = get_user(change.db(), ref, db::Locking::kRows);
    IssuedWeb issued;
    std::optional<Session> session;
    if (request.reuse && owner.user.status == UserStatus::kActive) {
      session = db::sessions::latest_live(change.db(), owner.user.public_id, SessionKind::kWeb,
                                          change.now());
    }
    issued.reused = session.has_value();
    if (!session) {
      Begun begun = begin_session(context_, change, owner.user,
                                  {.kind = SessionKind::kWeb,
                                   .expires_at = request.expires_at,
                                   .source = request.source,
                                   .single = request.single});
      session = std::move(begun.session);
      issued.sessions_revoked = begun.sessions_revoked;
    }
    const db::sessions::WithOwner row{.session = std::move(*session),
                                      .owner = {.email = owner.user.email,
                                                .full_name = owner.user.full_name,
                                                .status = owner.user.status,
                                                .private_id = owner.secrets.private_id,
                                                .password_tag = owner.secrets.password_tag}};
    const auto token = derive_web_token(context_, *kit_, change.db(), row);
    if (!token) {
      throw Error(Code::kIntegrity, "session.damaged",
                  "session " + row.session.session_id + " has lost what its token derives from",
                  "tokctl db check");
    }
    issued.token = format_web_token(row.session.session_id, *token);
    issued.session = row.session;
    issued.user = std::move(owner.user);
    return issued;
  });
}

Verdict Tokens::judge(db::Handle& db, std::string_view text, const Required& required,
                      std::vector<Check>* checks) {
  if (!parse_opaque_token(text))
    return require(judge_web_token(context_, *kit_, db, text, checks), required, checks);
  const auto row = find_api_token(context_, db, text);
  Verdict verdict = require(judge_api_token(row, context_.clock.now(), checks), required, checks);
  if (valid(verdict) != nullptr && checks == nullptr)
    uses_->note(row->token.id, context_.clock.now(), row->token.last_used_at);
  return verdict;
}

Verdict Tokens::validate(std::string_view text, const Required& required) {
  uses_->flush_if_due();
  return read(context_, [&](db::Handle& db) { return judge(db, text, required, nullptr); });
}

std::vector<Verdict> Tokens::validate_all(const std::vector<std::string_view>& texts,
                                          const Required& required) {
  uses_->flush_if_due();
  return read(context_, [&](db::Handle& db) {
    const db::Transaction snapshot(db,
                                   db::Access::kRead);  // one for all: half the cost of one each
    std::vector<Verdict> verdicts;
    verdicts.reserve(texts.size());
    for (const std::string_view text : texts)
      verdicts.push_back(judge(db, text, required, nullptr));
    return verdicts;
  });
}

Verdict Tokens::validate_header(std::string_view header, const Required& required) {
  // RFC 9110 §5.1: the field name is case-insensitive, and so is §11.1's scheme. One space; a list
  // of credentials or a second scheme is not one credential.
  const std::string lower = ascii_lower(header.substr(0, 64));
  constexpr std::string_view kName = "authorization:";
  std::size_t at = lower.starts_with(kName) ? kName.size() : 0;
  if (at != 0 && at < lower.size() && lower[at] == ' ') ++at;
  const std::string_view rest = std::string_view(lower).substr(at);
  // RFC 7617's scheme is for web tokens alone, RFC 6750's for opaque ones.
  for (const auto& [scheme, opaque] : {std::pair("basic ", false), std::pair("bearer ", true)}) {
    if (!rest.starts_with(scheme)) continue;
    const std::string_view text = header.substr(at + std::string_view(scheme).size());
    if (parse_opaque_token(text).has_value() == opaque) return validate(text, required);
  }
  return Refusal::kMalformed;
}

Explanation Tokens::explain(std::string_view text, const Required& required) {
  return read(context_, [&](db::Handle& db) {
    Explanation explanation{.verdict = Refusal::kMalformed, .checks = {}};
    explanation.verdict = judge(db, text, required, &explanation.checks);
    return explanation;
  });
}

void Tokens::flush_uses() { uses_->flush(); }

}  // namespace tokctl::auth
