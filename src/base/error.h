// The one exception type of tokctl: what stopped the work, for a program, a person and a script.
//
// Header-only on purpose: a database driver is a loadable module that links nothing of the core,
// and an exception thrown there is caught here. That works only while both sides instantiate the
// same inline type with default visibility.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace tokctl {

// What kind of trouble it is. The command line maps each to an exit code, the daemon to a status.
enum class Code {
  kInternal,     // a defect of tokctl itself
  kUsage,        // the caller asked for something malformed
  kNotFound,     // the object named does not exist
  kCredential,   // a credential was refused
  kConflict,     // it exists already
  kPolicy,       // allowed by syntax, refused by a rule: weak password, locked out
  kUnavailable,  // a database or cache is busy or down; trying again may help
  kRemote,       // another party's server or the network failed; trying again may help
  kReauthorize,  // a person has to give consent again
  kIntegrity,    // stored data does not prove itself: wrong key, broken chain, newer schema
  kPartial,      // a batch succeeded in part
  kDeclined,     // a person said no, or nobody could be asked
  kInterrupted,  // stopped by a signal
};

// Anything that stops the work. A refused credential inside `validate` is not one: that is a value.
//
// `id` is a stable, dotted name for scripts ("user.exists"); `what()` is one line of lowercase
// prose that names the object and never a secret; `hint` is the way out, or empty.
class __attribute__((visibility("default"))) Error : public std::runtime_error {
 public:
  Error(Code code, std::string id, const std::string& message, std::string hint = {})
      : std::runtime_error(message), code_(code), id_(std::move(id)), hint_(std::move(hint)) {}

  Code code() const { return code_; }
  const std::string& id() const { return id_; }
  std::string message() const { return what(); }
  const std::string& hint() const { return hint_; }

 private:
  Code code_;
  std::string id_;
  std::string hint_;
};

}  // namespace tokctl
