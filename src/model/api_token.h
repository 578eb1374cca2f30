// An API token: what is kept of an opaque credential that a script or a device holds.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"

namespace tokctl {

struct ApiToken {
  std::string id;         // public: a UUID, no secret
  std::string public_id;  // whose it is
  std::string root_key_id;
  std::string name;                 // what its owner calls it; may be empty, need not be unique
  std::vector<std::string> scopes;  // what it may be used for, in the order given
  std::string info = "{}";          // a JSON object on one line, as normalize_info wrote it
  Time created_at;
  std::optional<Time> expires_at;  // nothing: never
  std::optional<Seconds> idle;     // ends it when it is not used for so long; nothing: never
  std::optional<Time> last_used_at;
  std::optional<Time> revoked_at;
  std::string replaced_by;  // the id of its successor after a rotation, or empty

  // When it lapses unless it is used before.
  std::optional<Time> idle_ends_at() const;
  // When it stops, or stopped, being valid, by expiry, idleness or revocation; nothing: never.
  std::optional<Time> ends_at() const;
  bool live(Time now) const;
};

inline constexpr std::size_t kTokenNameMax = 100;  // characters
inline constexpr std::size_t kScopeMax = 64;       // characters of one
inline constexpr std::size_t kScopesMax = 32;      // of one token
inline constexpr std::size_t kInfoMax = 4096;      // bytes, as stored

// A use is written to the database within so long, so that what is idle to the database may have
// been used meanwhile.
inline constexpr Seconds kUseFlush{31};
inline constexpr Seconds kIdleMin = 10 * kUseFlush;
// A token that by its row has been idle for too long may have a use that is yet to be written: for
// twice the time between two flushes.
inline constexpr Seconds kUseLag = 2 * kUseFlush;

// Throws Error(kUsage, "token.name") unless at most kTokenNameMax characters of well-formed UTF-8
// without control characters; empty is fine.
void check_token_name(std::string_view name);

// One scope: 1 to kScopeMax characters of RFC 6749 §3.3, printable ASCII but the space, `"` and
// `\`.
bool is_scope(std::string_view text);

// Throws Error(kUsage, "token.scope") unless at most kScopesMax different scopes.
void check_scopes(const std::vector<std::string>& scopes);

// The JSON object `text` on one line. Throws Error(kUsage, "token.info") for anything else, a
// member named twice, and more than kInfoMax bytes.
std::string normalize_info(std::string_view text);

// Throws Error(kUsage, "token.idle") for less than kIdleMin.
void check_idle(Seconds idle);

// The first of `wanted` that `scopes` does not have; nothing when it has all.
std::optional<std::string> missing_scope(const std::vector<std::string>& scopes,
                                         const std::vector<std::string>& wanted);

// As RFC 6749 writes them: separated by single spaces. And back.
std::string join_scopes(const std::vector<std::string>& scopes);
std::vector<std::string> split_scopes(std::string_view text);

}  // namespace tokctl
