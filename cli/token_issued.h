// What the kinds of token have in common when they are issued.
#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/context.h"
#include "cli/output_file.h"
#include "cli/writer.h"
#include "model/token_info.h"

namespace tokctl::cli {

struct IssueOptions {
  std::string user;
  std::optional<std::string> type;
  std::optional<std::string> ttl;
  std::optional<std::string> source;
  std::optional<std::string> name;
  std::vector<std::string> scopes;
  std::optional<std::string> info;
  std::optional<std::string> idle;
  std::optional<std::int64_t> count;
  std::optional<std::string> secret_out;
  std::vector<std::string> roles;
  std::vector<std::string> audience;
  std::vector<std::string> claims;
  std::optional<std::string> algorithm;
  std::optional<std::string> refresh_ttl;
  std::optional<std::string> purpose;
  std::optional<std::int64_t> code;
  bool with_refresh = false;
  bool reuse = false;
  bool single = false;
};

// An option that says something about another type is a mistake, not to be passed over. `type` is
// the one that it goes with.
void refuse(std::string_view type,
            std::initializer_list<std::pair<std::string_view, bool>> options);

// Those that each type alone takes; `issue` of another refuses them.
void refuse_web_options(const IssueOptions& options);
void refuse_api_options(const IssueOptions& options);
void refuse_jwt_options(const IssueOptions& options);
void refuse_verify_options(const IssueOptions& options);

// Where the credentials go: standard output, or with --secret-out a file and nowhere else.
class Issued {
 public:
  Issued(Context& context, const std::optional<std::string>& path);

  // Once something is in the database and stays there.
  void committed(bool changed, const std::string& what);

  struct Extra {
    bool reused = false;
    std::int64_t sessions_revoked = 0;
    const SecretString* refresh = nullptr;  // goes with `token`, on a line of its own
    std::string refresh_id;
  };
  // `token` may be empty when there is a refresh token.
  void one(const TokenInfo& info, const SecretString& token, const Extra& extra);
  void one(const TokenInfo& info, const SecretString& token) { one(info, token, Extra{}); }

  // One of many; then the end.
  void each(const TokenInfo& info, const SecretString& token);
  void end();

 private:
  bool shown() const { return !elsewhere_ || context_.globals().format; }
  void put(const SecretString& token);
  void finish();
  Row row(const TokenInfo& info, const SecretString& token, const Extra& extra);

  Context& context_;
  const bool elsewhere_;
  Writer out_;
  std::optional<OutputFile> file_;
};

int issue_jwt(Context& context, const IssueOptions& options);
int issue_refresh(Context& context, const IssueOptions& options);
int issue_verify(Context& context, const IssueOptions& options);
// Exchanges the refresh token for the next one and a JWT.
int exchange_refresh(Context& context, const SecretString& token,
                     const std::optional<std::string>& secret_out);

}  // namespace tokctl::cli
