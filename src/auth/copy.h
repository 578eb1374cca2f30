// From one database to another.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "auth/sessions.h"
#include "base/config.h"

namespace tokctl::auth {

struct CopyOptions {
  bool replace = false;  // give up what the destination holds
  Progress progress;     // rows copied, and once more as they are compared; may be empty
};

struct CopiedTable {
  std::string name;
  std::int64_t rows = 0;
  std::string sha256;  // of all its rows, the same on both sides
};

struct Copied {
  std::vector<CopiedTable> tables;
  std::int64_t rows = 0;    // of all tables
  std::int64_t copied = 0;  // of these by this run; the others were there from one before
  bool resumed = false;
};

// Copies everything that `from` holds at one moment into `to`, an empty database, batch by batch,
// then compares both and adds an event to the copy's log. While that lasts the destination is
// marked, and of no other use. When it was interrupted, the same copy goes on where it stopped,
// provided that the source has not changed meanwhile. On a dry run, only counts.
//
// Throws Error(kConflict) when the destination holds data ("db.not_empty"), part of another copy
// ("copy.other") or the same data already ("copy.same"); kIntegrity when the two differ in the end
// ("copy.differs").
Copied copy_database(const Config& from, const Config& to, const CopyOptions& options);

}  // namespace tokctl::auth
