// Grants: the credentials that providers issued to us, kept sealed and fresh.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/secret.h"
#include "model/oauth.h"
#include "model/page.h"
#include "oauth/response.h"

namespace tokctl::auth {
struct Context;
}

namespace tokctl::oauth {

inline constexpr Seconds kMinValid = std::chrono::minutes(5);

struct AccessToken {
  SecretString token;
  OAuthGrant grant;
  std::int64_t generation = 0;  // of the tokens; see Grants::get
  std::string warning;          // why it is less fresh than wanted; empty: it is not
};

// The value of an Authorization header, RFC 6750 §2.1: `Bearer …`.
SecretString bearer(const SecretString& token);
// The header's whole line: `Authorization: Bearer …`.
SecretString authorization_header(const SecretString& token);

struct Fresh {
  Seconds min_valid = kMinValid;      // of which half the token's life is enough
  bool strict = false;                // rather fail than give one that is valid for less
  std::optional<std::int64_t> stale;  // a generation that a server has refused
};

struct GrantQuery {
  std::string account;   // empty: everybody's
  std::string provider;  // empty: any
  std::optional<GrantState> state;
  std::optional<Time> expires_before;
  std::size_t limit = 100;  // 1..kPageMax
  std::string page_token;
};

struct GrantChange {
  OAuthGrant grant;
  bool changed = false;
};

// How many are refreshed.
struct Refreshing {
  std::size_t at_once = 1;  // 1..kAtOnceMax
  // Told why one could not be refreshed, on one thread at a time; once, when it needs a person.
  std::function<void(const Error&)> told = {};
  // True: those that have not begun are left.
  std::function<bool()> stopped = {};
  // Hears how many are over, of how many that are known of so far.
  std::function<void(std::int64_t done, std::int64_t total)> progress = {};

  static constexpr std::size_t kAtOnceMax = 16;
};

// What became of many.
struct RefreshSummary {
  std::int64_t refreshed = 0;
  std::int64_t failed = 0;        // to be tried again
  std::int64_t needs_reauth = 0;  // found out just now
  std::int64_t skipped = 0;       // not asked for, since their provider did not answer for others
};

// Thread-safe. Methods that take a GrantRef throw Error(kUsage) for one that cannot be, and
// Error(kNotFound, "oauth.grant_not_found"). Each change is a transaction with its event.
class Grants {
 public:
  explicit Grants(auth::Context& context) : context_(context) {}

  // Stores what a provider gave, in the place of what there was. Throws Error(kNotFound,
  // "oauth.provider_not_found").
  OAuthGrant save(const GrantRef& ref, GrantKind kind, const SavedResponse& saved);

  // A token that is good for as long as asked; refreshed if it must be, by this process or another.
  // While the provider cannot be reached, one that is still valid is given with a warning. Throws
  // Error(kReauthorize) when a person has to authorize again, kRemote when there is no valid token
  // or, being strict, no fresh one.
  AccessToken get(const GrantRef& ref, const Fresh& fresh = {});

  // Refreshes whatever its age. Throws as get, strictly. On a dry run nobody is asked, and what
  // would be is taken for done; so below.
  OAuthGrant refresh(const GrantRef& ref);
  // Those that expire within `window` and that nobody else is refreshing; or all that can be
  // refreshed. Throws when the database cannot be asked, once those that have begun are over.
  RefreshSummary refresh_due(Seconds window, const Refreshing& how = {});
  RefreshSummary refresh_all(const Refreshing& how = {});

  OAuthGrant find(const GrantRef& ref);
  Page<OAuthGrant> list(const GrantQuery& query);

  // Ends it at the provider (RFC 7009), then here: its tokens are gone, the row stays. With
  // `local`, here alone. Throws Error(kUsage, "oauth.no_endpoint") when the provider has none for
  // it, kRemote when it fails; then nothing has changed.
  GrantChange revoke(const GrantRef& ref, bool local = false);
  // Forgets it here.
  OAuthGrant remove(const GrantRef& ref);

  std::vector<std::string> accounts_with_prefix(std::string_view prefix, std::size_t limit);

 private:
  auth::Context& context_;
};

}  // namespace tokctl::oauth
