// OAuth as a client sees it: who issues credentials to us, and those we hold.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"

namespace tokctl {

// How a client proves to a token endpoint who it is (RFC 6749 §2.3.1).
enum class ClientAuth { kBasic, kPost, kNone };
std::string_view to_text(ClientAuth method);  // basic, post, none
std::optional<ClientAuth> client_auth_from(std::string_view text);

using OAuthParams = std::vector<std::pair<std::string, std::string>>;

// An authorization server and what we are registered as with it. An endpoint it does not have is
// empty.
struct OAuthProvider {
  std::string name;
  std::string client_id;
  ClientAuth auth_method = ClientAuth::kBasic;
  std::string issuer;  // as found by discovery; empty when the endpoints were given by hand
  std::string auth_url;
  std::string token_url;
  std::string device_url;
  std::string revoke_url;
  std::string scope;   // asked for unless something else is; with single spaces
  OAuthParams params;  // sent along when authorization is asked for
  Time created_at;
  Time updated_at;

  // Whether it is told a secret of ours: not so of a public client.
  bool has_secret() const { return auth_method != ClientAuth::kNone; }
};

// How a grant came to us.
enum class GrantKind { kCode, kDevice, kClientCredentials, kSaved };
std::string_view to_text(GrantKind kind);  // code, device, client_credentials, saved
std::optional<GrantKind> grant_kind_from(std::string_view text);

enum class GrantState {
  kActive,
  kNeedsReauth,  // the provider does not take the refresh token any more
  kRevoked,
};
std::string_view to_text(GrantState state);  // active, needs_reauth, revoked
std::optional<GrantState> grant_state_from(std::string_view text);

// What names a grant: whose it is, from whom, and which of several.
struct GrantRef {
  std::string account;
  std::string provider;
  std::string label = {};  // may be empty
};

// What may be shown of a grant: everything but its tokens.
struct OAuthGrant {
  std::string id;
  GrantRef ref;
  GrantKind kind = GrantKind::kSaved;
  GrantState state = GrantState::kActive;
  std::string scope;
  bool has_refresh_token = false;
  Time created_at;
  Time obtained_at;                // the tokens it has now
  std::optional<Time> expires_at;  // its access token; nothing: the provider did not say
  std::optional<Time> refreshed_at;
  std::int64_t failures = 0;  // since the last refresh that succeeded
  std::string last_error;     // of those failures, in a few words; empty: none
  std::optional<Time> failed_at;
  std::optional<Time> retry_at;  // not to be tried again before

  bool refreshable() const {
    return state == GrantState::kActive &&
           (has_refresh_token || kind == GrantKind::kClientCredentials);
  }
};

inline constexpr std::size_t kProviderNameMax = 40;  // characters; of a label too
inline constexpr std::size_t kAccountMax = 100;      // characters
inline constexpr std::size_t kClientIdMax = 512;     // bytes
inline constexpr std::size_t kOAuthScopeMax = 2048;  // bytes
inline constexpr std::size_t kOAuthParamsMax = 16;

// Each throws Error(kUsage) unless: a provider's name is 1..kProviderNameMax of a-z 0-9 . _ -
// ("oauth.provider_name"); a label is that or empty ("oauth.label"); an account is 1..kAccountMax
// characters of well-formed UTF-8 without control characters ("oauth.account").
void check_provider_name(std::string_view name);
void check_account(std::string_view account);
void check_grant_ref(const GrantRef& ref);
// A scope is empty or tokens of RFC 6749 §3.3 between single spaces ("oauth.scope").
void check_oauth_scope(std::string_view scope);
// A client id is 1..kClientIdMax printable ASCII characters, RFC 6749 §A.1 ("oauth.client_id").
void check_client_id(std::string_view client_id);
// At most kOAuthParamsMax different names, 1..64 of A-Z a-z 0-9 . _ -, none of those that tokctl
// itself sends; values of printable ASCII, at most 512 bytes ("oauth.param").
void check_oauth_params(const OAuthParams& params);

// Params as a JSON object on one line, in order of their names, and back. Throws Error(kIntegrity,
// "db.damaged") for anything else.
std::string format_oauth_params(const OAuthParams& params);
OAuthParams parse_oauth_params(std::string_view json);

}  // namespace tokctl
