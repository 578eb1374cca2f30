// A database into a file, and back.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "auth/sessions.h"
#include "base/config.h"
#include "model/text_input.h"

namespace tokctl::auth {

enum class BackupFormat {
  kSqlite,  // a SQLite file, which tokctl can be pointed at as it is
  kDump,    // tokctl's own, which any database takes back
};

// Writes what the database holds at one moment, while others go on using it. No root key is needed,
// and none is in it. Throws Error(kIntegrity) unless a dump would have today's schema.

// Into a new file of mode 0600, which appears whole or not at all: a SQLite file where the database
// is one, unless `dump`. What it has become. Throws Error(kConflict, "file.exists").
BackupFormat back_up(const Config& config, const std::string& path, bool dump,
                     const Progress& progress);
// A dump, piece by piece.
void dump(const Config& config, const std::function<void(std::string_view)>& out,
          const Progress& progress);

struct RestoreOptions {
  bool replace = false;  // give up what the database holds
  Progress progress;
};
struct Restored {
  std::int64_t rows = 0;
  std::int64_t events = 0;  // seq of the last event in the backup; the restoring is the next
};

// Puts a backup into an empty database, in one transaction, with an event that tells so. Throws
// Error(kConflict, "db.not_empty"), kIntegrity when the backup is damaged or none, or its root key
// not held; nothing is then changed.
Restored restore_dump(const Config& config, ReadBytes file, const RestoreOptions& options);
// The same from a SQLite file.
Restored restore_database(const Config& config, const std::string& path,
                          const RestoreOptions& options);

// Reads a dump to its end. Throws Error(kIntegrity) when it is damaged or none: before a
// transaction begins, where it can be read twice.
void check_dump(ReadBytes file);

}  // namespace tokctl::auth
