// Users: what it means to create, change, delete and log in one.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "base/secret.h"
#include "model/page.h"
#include "model/token.h"
#include "model/user.h"

namespace tokctl::auth {

struct Context;

struct NewUser {
  std::string email;
  std::string full_name;
  std::optional<SecretString> password;  // nothing: no login until one is set
  UserStatus status = UserStatus::kActive;
  std::vector<std::string> roles;
  std::string phone;  // empty: none
};

// What an update sets; nothing leaves a field as it is.
struct UserUpdate {
  std::optional<std::string> email;
  std::optional<std::string> full_name;
  std::vector<std::string> add_roles, remove_roles;  // one that is there, or not, already is fine
  std::optional<std::string> phone;                  // empty: none
};

// A user after a command on it. `changed` is false when everything was so already; then nothing was
// written.
struct UserChange {
  User user;
  bool changed = false;
  std::int64_t sessions_revoked = 0;
  std::int64_t tokens_revoked = 0;  // of those that are stored
};

struct UserQuery {
  enum class Order { kEmail, kCreated };
  Order order = Order::kEmail;
  bool descending = false;
  bool deleted = false;  // only those deleted, which no other look-up finds; in order of creation
  std::optional<UserStatus> status;
  std::size_t limit = 100;  // 1..kPageMax
  std::string page_token;   // Page::next of the page before
};

// Why a login failed. An unknown email, a wrong password, a disabled user and one without a
// password all read kWrong.
struct LoginRefusal {
  enum class Kind {
    kWrong,
    kDelayed,  // too many failures in a row: not judged, try again after `retry_after`
    kLocked,   // too many failures today: not judged until midnight UTC or `unlock`
  };
  Kind kind = Kind::kWrong;
  Seconds retry_after{0};
};
// Who logged in. `password_tag` names the password that was right without telling it: with it in
// IssueWeb or IssueJwt, no session begins once that has been replaced.
struct LoggedIn {
  User user;
  std::string password_tag;
};
using LoginVerdict = std::variant<LoggedIn, LoginRefusal>;

// Thread-safe. Each change is one transaction with its event. Methods that take a UserRef throw
// Error(kNotFound, "user.not_found") when there is no such user or it was deleted.
class Users {
 public:
  explicit Users(Context& context) : context_(context) {}

  // Throws Error(kConflict, "user.exists") when the email is taken, kUsage or kPolicy for fields
  // that model/user.h refuses. The password is hashed before any transaction begins.
  User create(const NewUser& user);

  // With `active_only`, a disabled user is not found either.
  std::optional<User> find(const UserRef& ref, bool active_only = false);
  User get(const UserRef& ref, bool active_only = false);
  Page<User> list(const UserQuery& query);

  // Changing the email ends the user's web sessions: their tokens are bound to it. A new email or
  // phone is not verified, and what was sent to the old one, for whatever purpose, is good for
  // nothing. Throws Error(kConflict, "user.exists") when it is taken.
  UserChange update(const UserRef& ref, const UserUpdate& update);

  // Ends all sessions of the user, with their refresh tokens, and all open verifications.
  UserChange set_password(const UserRef& ref, const SecretString& password);
  // The same by whoever has a verification token or code of the user's for a password reset, which
  // is spent with it.
  using Reset = std::variant<UserChange, Refusal>;
  Reset reset_password(const UserRef& ref, const SecretString& token, const SecretString& password);

  // A disabled user's tokens are refused until it is enabled again.
  UserChange enable(const UserRef& ref);
  UserChange disable(const UserRef& ref);

  // Ends all sessions and tokens and frees the email. The row stays, for `restore`.
  UserChange remove(const UserRef& ref);
  // Brings a deleted user back, without its sessions and tokens. By email only while exactly one
  // deleted user had it. Throws Error(kConflict, "user.exists") when the email has been taken
  // meanwhile.
  UserChange restore(const UserRef& ref);

  // Judges an email and password. Takes at least policy.login_floor whatever the answer, and the
  // same work for an unknown email as for a wrong password.
  LoginVerdict login(std::string_view email, const SecretString& password);

  // Forgets the failed logins of an email, known or not.
  // `changed` tells whether there were any.
  bool unlock(std::string_view email);

  // For completion: emails that begin with `prefix`.
  std::vector<std::string> emails_with_prefix(std::string_view prefix, std::size_t limit);
  // For completion: PublicIDs that begin with `prefix`.
  std::vector<std::string> ids_with_prefix(std::string_view prefix, std::size_t limit);

 private:
  UserChange set_status(const UserRef& ref, UserStatus status);
  Context& context_;
};

}  // namespace tokctl::auth
