// Tokens: issuing, validating and revoking credentials of every kind.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "auth/sessions.h"
#include "base/secret.h"
#include "model/token.h"
#include "model/user.h"

namespace tokctl::auth {

struct Context;
class KitTokens;

struct IssueWeb {
  std::optional<Time> expires_at;  // nothing: never
  std::string source;
  bool single = false;
  bool reuse = false;  // the newest live session's token again, if there is one; its expiry stays
};

struct IssuedWeb {
  SecretString token;  // shown once
  Session session;
  User user;
  bool reused = false;
  std::int64_t sessions_revoked = 0;
};

// A verdict with every step that led to it, in order, for the operator.
struct Explanation {
  Verdict verdict;
  std::vector<Check> checks;
};

struct RevokedToken {
  TokenType type = TokenType::kWeb;
  std::string id;  // of the session or token ended
  bool changed = false;
};

// Thread-safe.
class Tokens {
 public:
  explicit Tokens(Context& context);
  Tokens(Tokens&&) noexcept;
  ~Tokens();

  // Begins a session and derives its token. Throws as Sessions::create.
  IssuedWeb issue_web(const UserRef& ref, const IssueWeb& request);

  // Judges the text of a token, of any kind. Never throws for a bad one; throws kUnavailable when
  // the database cannot be asked, for then nobody knows.
  Verdict validate(std::string_view text);
  // The same of many, in order, reading the database in one go.
  std::vector<Verdict> validate_all(const std::vector<std::string_view>& texts);
  // Judges the value of an Authorization header, with or without its name: `Basic` and a web token.
  // Any other form is malformed.
  Verdict validate_header(std::string_view header);
  Explanation explain(std::string_view text);

  // Ends what the presented token hangs on. The token must be genuine, expired or not:
  // Error(kCredential, "token.invalid") otherwise.
  RevokedToken revoke(std::string_view text);

 private:
  Context& context_;
  std::unique_ptr<KitTokens> kit_;
};

}  // namespace tokctl::auth
