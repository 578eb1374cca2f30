#include "cli/token_issued.h"

#include <fmt/core.h>

#include "base/error.h"
#include "cli/schema.h"

namespace tokctl::cli {
namespace {

const Schema& issued_schema() {
  static const Schema kSchema = [] {
    Schema schema = with(token_schema(), {{.name = "token"},
                                          {.name = "refresh_token"},
                                          {.name = "refresh_id"},
                                          {.name = "reused"},
                                          {.name = "sessions_revoked"},
                                          {.name = "changed"},
                                          {.name = "dry_run"}});
    schema.raw = "token";
    return schema;
  }();
  return kSchema;
}

}  // namespace

void refuse(std::string_view type,
            std::initializer_list<std::pair<std::string_view, bool>> options) {
  for (const auto& [name, given] : options) {
    if (!given) continue;
    throw Error(Code::kUsage, "usage.options", fmt::format("{} goes with --type {}", name, type),
                "tokctl token issue --help");
  }
}

void refuse_web_options(const IssueOptions& options) {
  refuse("web", {{"--reuse", options.reuse}});
}

void refuse_api_options(const IssueOptions& options) {
  refuse("api", {{"--name", options.name.has_value()},
                 {"--scope", !options.scopes.empty()},
                 {"--info", options.info.has_value()},
                 {"--idle", options.idle.has_value()},
                 {"--count", options.count.has_value()}});
}

void refuse_jwt_options(const IssueOptions& options) {
  refuse("jwt or refresh", {{"--role", !options.roles.empty()},
                            {"--aud", !options.audience.empty()},
                            {"--claim", !options.claims.empty()},
                            {"--alg", options.algorithm.has_value()}});
  refuse("jwt", {{"--with-refresh", options.with_refresh},
                 {"--refresh-ttl", options.refresh_ttl.has_value()}});
}

void refuse_verify_options(const IssueOptions& options) {
  refuse("verify",
         {{"--purpose", options.purpose.has_value()}, {"--code", options.code.has_value()}});
}

Issued::Issued(Context& context, const std::optional<std::string>& path)
    : context_(context), elsewhere_(path), out_(context, issued_schema(), Format::kRaw) {
  if (path && !context.dry_run()) file_.emplace(*path);
}

void Issued::committed(bool changed, const std::string& what) {
  context_.committed(changed, what);
  if (file_ && changed) file_->sink().committed(what);
}

void Issued::one(const TokenInfo& info, const SecretString& token, const Extra& extra) {
  put(token);
  if (extra.refresh != nullptr) put(*extra.refresh);
  finish();
  if (!shown()) return;
  if (out_.format() == Format::kRaw && extra.refresh != nullptr) {
    if (!token.empty()) out_.row(row(info, token, {}));
    out_.row(row(info, *extra.refresh, {}));
    out_.end();
    return;
  }
  out_.object(row(info, token, extra));
}

void Issued::each(const TokenInfo& info, const SecretString& token) {
  put(token);
  if (shown()) out_.row(row(info, token, {}));
}

void Issued::end() {
  finish();
  if (shown()) out_.end();
}

void Issued::put(const SecretString& token) {
  if (!file_ || token.empty()) return;
  file_->sink().append(token.reveal());
  file_->sink().append("\n");
}

void Issued::finish() {
  if (file_) file_->finish();
}

Row Issued::row(const TokenInfo& info, const SecretString& token, const Extra& extra) {
  const auto secret = [this](const SecretString* text) -> Value {
    if (elsewhere_) return Omitted();
    return text == nullptr || text->empty() ? Value(std::monostate()) : Value(text);
  };
  return with(token_row(info, context_.clock().now()),
              {secret(&token), secret(extra.refresh), present(extra.refresh_id), extra.reused,
               extra.sessions_revoked, !extra.reused, context_.dry_run()});
}

}  // namespace tokctl::cli
