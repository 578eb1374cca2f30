// Writing users to a file that an import on another database takes back.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

#include "auth/user_import.h"

namespace tokctl::auth {

struct ExportOptions {
  UserFormat format = UserFormat::kCsv;  // or kJsonl
  // Password hashes, what they are made with (scheme, PrivateID) and when: all that it takes to log
  // the users in elsewhere, and to guess their passwords offline. Recorded in the audit log.
  bool with_hashes = false;
  bool deleted = false;  // deleted users too, told apart by deleted_at
};

// Gives the file to `out` line by line, in order of creation, in constant memory; how many users
// there were. What `out` throws ends it. Throws Error(kIntegrity, "seal.broken") when a hash does
// not open.
std::int64_t export_users(Context& context, const ExportOptions& options,
                          const std::function<void(std::string_view line)>& out);

}  // namespace tokctl::auth
