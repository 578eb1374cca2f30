// Sessions: begun with a token, ended by expiry or by hand.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "model/page.h"
#include "model/session.h"
#include "model/user.h"

namespace tokctl::auth {

struct Context;

struct NewSession {
  SessionKind kind = SessionKind::kWeb;
  std::optional<Time> expires_at;  // nothing: never
  std::string source;
  bool single =
      false;  // ends the user's other sessions of this kind and source, in the same transaction
};

struct SessionQuery {
  std::optional<UserRef> user;  // nothing: everybody's
  std::optional<SessionKind> kind;
  bool live_only = false;
  std::optional<Time> expires_before;
  bool descending = false;
  std::size_t limit = 100;  // 1..kPageMax
  std::string page_token;
};

struct StartedSession {
  Session session;
  User user;
  std::int64_t sessions_revoked = 0;  // by `single`
};

// Progress of long work: how much is done, of how much (0: unknown).
using Progress = std::function<void(std::int64_t done, std::int64_t total)>;

// Thread-safe. Methods that take a UserRef throw Error(kNotFound, "user.not_found").
class Sessions {
 public:
  explicit Sessions(Context& context) : context_(context) {}

  // Throws Error(kPolicy, "user.disabled") for a disabled user, kUsage "session.expires" when
  // `expires_at` is not in the future.
  StartedSession create(const UserRef& ref, const NewSession& session);

  std::optional<Session> find(std::string_view session_id);
  // Throws Error(kNotFound, "session.not_found").
  Session get(std::string_view session_id);
  // The newest live one, or nothing.
  std::optional<Session> latest(const UserRef& ref, SessionKind kind);
  Page<Session> list(const SessionQuery& query);

  // False when it had ended before. Throws Error(kNotFound, "session.not_found").
  bool revoke(std::string_view session_id);
  // How many live ones of the user were ended.
  std::int64_t revoke_all(const UserRef& ref, std::optional<SessionKind> kind);

  // Deletes the rows of sessions that ended before `before`, in batches with an event each; how
  // many.
  std::int64_t prune(Time before, const Progress& progress = {});

  std::vector<std::string> ids_with_prefix(std::string_view prefix, std::size_t limit);

 private:
  Context& context_;
};

}  // namespace tokctl::auth
