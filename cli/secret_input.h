// Secrets on their way in: never from argv.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/secret.h"
#include "cli/command.h"
#include "cli/context.h"

namespace tokctl::cli {

// Where a password, or another secret of one line, comes from; without any of the three, a person
// is asked.
struct PasswordSource {
  std::string name = "password";  // as its options begin
  bool from_stdin = false;
  std::optional<std::string> file;
  std::optional<std::int64_t> fd;
};

// Adds --NAME-stdin, --NAME-file and --NAME-fd.
void add_password_options(Command& command, PasswordSource& source);

// Whether an option says where the password comes from.
bool is_given(const PasswordSource& source);
// Throws for more than one source; before anything is done.
void check_password_source(const PasswordSource& source);

enum class Asking { kOnce, kTwice };  // twice when setting: nobody sees what they type

// Reads one line of at most 4096 bytes; a single newline at its end is not part of it, anything
// else is. Throws Error(kUsage): several sources, an empty password, more than one line, nobody to
// ask; kInterrupted.
SecretString read_password(Context& context, const PasswordSource& source, Asking asking);

}  // namespace tokctl::cli
