// Tokens: issuing, validating and revoking credentials of every kind.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "auth/jwt_tokens.h"
#include "auth/refresh_tokens.h"
#include "auth/sessions.h"
#include "auth/verification_tokens.h"
#include "base/secret.h"
#include "model/page.h"
#include "model/token.h"
#include "model/token_info.h"
#include "model/user.h"

namespace tokctl::cache {
struct Entry;
}

namespace tokctl::auth {

struct Context;
class JwtKeys;
class KitTokens;
class Lapsed;
class Uses;

struct IssueWeb {
  std::optional<Time> expires_at;  // nothing: never
  std::string source;
  bool single = false;
  bool reuse = false;  // the newest live session's token again, if there is one; its expiry stays
  std::string password_tag = {};  // LoggedIn's, of who has just logged in
};

struct IssuedWeb {
  SecretString token;  // shown once
  Session session;
  User user;
  bool reused = false;
  std::int64_t sessions_revoked = 0;
};

struct IssueApi {
  std::string name;
  std::vector<std::string> scopes;
  std::string info = "{}";         // a JSON object
  std::optional<Time> expires_at;  // nothing: never
  std::optional<Seconds> idle;     // ends it when it is not used for so long; nothing: never
};

struct IssuedApi {
  SecretString token;  // shown once
  TokenInfo info;
};

struct Rotation {
  Seconds overlap{0};              // how long the old token goes on; 0: it ends at once
  bool same_lifetime = true;       // the new one lives as long as the old one was to
  std::optional<Time> expires_at;  // else; nothing: never
};

struct RotatedApi {
  SecretString token;  // shown once
  TokenInfo info;      // of the new one
  TokenInfo replaced;  // the old one, as it now is
};

// What a credential must be good for, beyond being valid.
struct Required {
  std::vector<std::string> scopes;  // all of them
  std::vector<std::string> roles;   // all of them
  std::string audience;             // a JWT's, if not empty
};

// The first thing asked for that a valid credential is not good for, or nothing.
std::optional<Refusal> lacks(const Principal& principal, const Required& required);

// The token in the value of an Authorization header, without its name: `Basic` and a web token, or
// `Bearer` and an API token or a JWT. Nothing for any other form. Part of `header`; not yet
// judged.
std::optional<std::string_view> credential_in(std::string_view header);

struct TokenQuery {
  std::optional<UserRef> user;    // nothing: everybody's
  std::optional<TokenType> type;  // nothing: all types
  std::string name;               // empty: any
  bool live_only = false;
  std::optional<Time> expires_before;
  std::optional<Time> unused_since;  // only API tokens, and not used since
  bool descending = false;
  std::size_t limit = 100;  // 1..kPageMax
  std::string page_token;
};

// Which tokens to end. At least one of user and name.
struct RevokeQuery {
  std::optional<UserRef> user;
  std::string name;               // empty: any; else only tokens that have a name
  std::optional<TokenType> type;  // nothing: all types
};

struct RevokedTokens {
  std::int64_t sessions = 0;  // whose web tokens, JWTs and refresh tokens ended
  std::int64_t tokens = 0;    // of those that are stored
  std::int64_t total() const { return sessions + tokens; }
};

struct CacheStats {
  std::uint64_t map_hits = 0;
  std::uint64_t map_misses = 0;
  std::uint64_t redis_hits = 0;
  std::uint64_t redis_misses = 0;
  std::uint64_t database = 0;  // questions that went to the database
  std::uint64_t entries = 0;   // remembered now
  Clock::Steady feed_lag{0};   // since what others revoked was last read
};
// Now, with the counts of what came before.
CacheStats operator+(CacheStats now, const CacheStats& past);

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

// Judges a JWT by what it shows itself, with keys from a file: everything but whether its session
// lives, which only the database knows. See judge_jwt_offline.
Verdict validate_offline(const KeySet& keys, std::string_view text, std::string_view issuer,
                         Time now, const Required& required);

// Thread-safe.
class Tokens {
 public:
  explicit Tokens(Context& context);
  Tokens(Tokens&&) noexcept;
  ~Tokens();

  // Begins a session and derives its token. Throws as Sessions::create, and Error(kCredential,
  // "user.password_replaced") when `password_tag` names another than is set now.
  IssuedWeb issue_web(const UserRef& ref, const IssueWeb& request);

  // Throws Error(kPolicy, "user.disabled"), kUsage for what model/api_token.h refuses and
  // "token.expires" when `expires_at` is not in the future.
  IssuedApi issue_api(const UserRef& ref, const IssueApi& request);
  // Issues `count` alike, in batches with an event each. Each is given to `out` once its batch is
  // committed.
  using IssuedOut = std::function<void(const SecretString& token, const TokenInfo& info)>;
  void issue_api_many(const UserRef& ref, const IssueApi& request, std::int64_t count,
                      const IssuedOut& out, const Progress& progress = {});

  // Issues the successor of an API token, alike but for its time, and leaves the old one an
  // overlap. Throws Error(kNotFound, "token.not_found"), kPolicy "token.ended", "user.disabled",
  // kConflict "token.replaced" when it has a successor already.
  RotatedApi rotate(std::string_view id, const Rotation& rotation);

  // Begins a session, ends others if asked, and signs a JWT about it; with a refresh token or, on
  // `refresh_only`, that alone. Throws as issue_web, check_terms and sign_jwt.
  IssuedJwt issue_jwt(const UserRef& ref, const IssueJwt& request, bool refresh_only = false);

  // Exchanges a refresh token for the next one and a new JWT. Of those that present it at once all
  // get the same successor, for kRefreshGrace and until that is used; whoever presents it later
  // ends its family.
  RefreshVerdict exchange(std::string_view text);

  // Takes the place of an earlier one for the purpose. Throws Error(kPolicy, "user.disabled",
  // "user.phone").
  IssuedVerify issue_verify(const UserRef& ref, const IssueVerify& request);
  // Judges a verification token or a short code for one purpose, and spends it if asked.
  Verdict verify(const Verification& request);

  // Judges the text of a token, of any kind. Never throws for a bad one; throws kUnavailable when
  // the database cannot be asked, for then nobody knows.
  Verdict validate(std::string_view text, const Required& required = {});
  // The same without copying what is remembered: for those who ask often.
  using SharedVerdict = std::variant<std::shared_ptr<const Principal>, Refusal>;
  SharedVerdict look_up(std::string_view text, const Required& required = {});
  // Null when refused.
  std::shared_ptr<const Principal> principal(std::string_view text, const Required& required = {});
  // What this process remembers of a token, for those who must not wait: null when somebody else
  // has to be asked. Whether it lacks what is required is theirs to see; then it was not used.
  std::shared_ptr<const Principal> recall(std::string_view text, const Required& required = {});
  // As validate, of many, in order, reading the database in one go.
  std::vector<Verdict> validate_all(const std::vector<std::string_view>& texts,
                                    const Required& required = {});
  // Judges what `credential_in` finds, be it behind the name of the header; else it is malformed.
  Verdict validate_header(std::string_view header, const Required& required = {});
  Explanation explain(std::string_view text, const Required& required = {});

  // Everything that was issued, in order of creation: sessions, for their tokens, API tokens,
  // refresh tokens not used yet, and of each user the last verification for each purpose.
  Page<TokenInfo> list(const TokenQuery& query);
  // By public id; throws Error(kNotFound, "token.not_found").
  TokenInfo get(std::string_view id);
  // What is known of a token by its text, whatever its state, if it is genuine.
  std::optional<TokenInfo> identify(std::string_view text);

  // Ends what the presented token hangs on. The token must be genuine, expired or not:
  // Error(kCredential, "token.invalid") otherwise.
  RevokedToken revoke(std::string_view text);
  // By public id; throws Error(kNotFound, "token.not_found").
  RevokedToken revoke_id(std::string_view id);
  RevokedTokens revoke_all(const RevokeQuery& query);

  // Deletes the rows of tokens that ended before `before`, in batches with an event each; how many.
  // Those that may have been used meanwhile are left. What hangs on a session goes with that.
  std::int64_t prune(Time before, const Progress& progress = {});

  // Unseals every key that JWTs are verified with, so that nobody's JWT waits for it; how many
  // there are. Throws the first error after the rest was done. Happens by itself, in the
  // background.
  std::size_t load_keys();

  // How often memory answered, in this process.
  CacheStats cache_stats() const;

  // Writes when tokens were last used. Happens by itself, every kUseFlush and at the end.
  void flush_uses();

  std::vector<std::string> ids_with_prefix(std::string_view prefix, std::size_t limit);

 private:
  std::shared_ptr<const Principal> recall_anywhere(std::string_view text, const Required& required);
  void note_use(const cache::Entry& entry, const Required& required, Time now);
  std::vector<std::shared_ptr<const cache::Entry>> recall_shared(
      std::span<const std::string_view> texts, const Required& required);
  std::vector<Verdict> ask(const std::vector<std::string_view>& texts, const Required& required);

  Context& context_;
  std::unique_ptr<KitTokens> kit_;
  std::unique_ptr<JwtKeys> keys_;
  std::unique_ptr<Uses> uses_;
  std::unique_ptr<Lapsed> lapsed_;
};

}  // namespace tokctl::auth
