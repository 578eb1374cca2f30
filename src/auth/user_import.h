// Bringing users in from a file: many at once, each judged as if it came alone.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/error.h"
#include "model/text_input.h"

namespace tokctl::auth {

struct Context;
class Rehearsal;

enum class UserFormat {
  kCsv,    // with a header: email, full_name and perhaps password, status, password_hash,
           // password_scheme, public_id, private_id, password_set_at, created_at, deleted_at
  kJsonl,  // an object of the same members on each line, or an array of them
  kKit,    // what mongoexport makes of kit's collection auth_users
};

// A record that was not imported, and why.
struct ImportFault {
  std::string_view input;  // users or sessions
  std::int64_t line = 0;   // where the record begins
  std::string id;          // as of an Error: user.exists
  std::string message;     // fit for a terminal; never a password or hash
};

struct ImportOptions {
  bool if_not_exists = false;  // pass over what is there already: an import can be run again
  std::function<void(const ImportFault&)> on_fault;          // in the file's order; may be empty
  std::function<void(std::int64_t bytes_read)> on_progress;  // after each batch; may be empty
};

struct ImportReport {
  std::int64_t created = 0;
  std::int64_t skipped = 0;           // there already
  std::int64_t sessions = 0;          // created
  std::int64_t sessions_skipped = 0;  // expired, of a deleted user, or there already
  std::int64_t failed = 0;            // records of either kind
};

// One import, by one thread. A batch of records is one transaction with an event for each;
// passwords in clear are hashed before it, on several threads. Whatever is thrown, by a callback
// too, ends the import between two batches: what the report counts is stored, nothing else is.
class UserImport {
 public:
  UserImport(Context& context, ImportOptions options);
  UserImport(UserImport&&) noexcept;
  ~UserImport();

  // Throws Error(kUsage, "import.header") when a CSV file has none. A user without password and
  // hash cannot log in until one is set.
  void read_users(UserFormat format, ReadBytes file);

  // What mongoexport makes of kit's collection of sessions, for users imported from kit before:
  // their web tokens then stay valid until they expire.
  void read_sessions(ReadBytes file);

  const ImportReport& report() const { return report_; }

 private:
  void tell(std::string_view input, std::int64_t line, const Error& fault) const;

  Context& context_;
  const ImportOptions options_;
  ImportReport report_;
  std::unique_ptr<Rehearsal> rehearsal_;  // on a dry run
};

}  // namespace tokctl::auth
