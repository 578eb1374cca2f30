// Bringing a database to today's schema.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "db/handle.h"

namespace tokctl::db {

// One step of the chain: what leads a database of version `to - 1` to `to`. Re-runnable: a step
// that crashed half-way on a database whose definitions commit by themselves is run again from its
// start.
struct Migration {
  std::int64_t to;
  void (*apply)(Handle& handle);
};

// All steps, in order; and the version that schema.sql describes.
std::span<const Migration> migrations();
inline constexpr std::int64_t kSchemaVersion = 6;

// The version recorded in the database; nothing when it has no tables of tokctl's. Throws
// Error(kIntegrity): "db.foreign" when it has other tables but not ours, "copy.unfinished" while it
// is marked as the destination of a copy.
std::optional<std::int64_t> schema_version(Handle& handle);

// Throws Error(kIntegrity) when a database of version `found` is none that a program of `version`
// can use or bring up to date: "db.newer", or "db.damaged" for a version that never was.
void check_version(std::int64_t found, std::int64_t version = kSchemaVersion);

// A database that a copy is being written into is marked with a number that tells the copy from
// others, and refused by schema_version until the mark is gone. It has the schema of this program:
// else Error(kIntegrity) is thrown. `lock`: for a change that depends on the mark.
std::optional<std::int64_t> copy_mark(Handle& handle, Locking lock = Locking::kNone);
void set_copy_mark(Handle& handle, std::int64_t mark);
void clear_copy_mark(Handle& handle);

struct Migrated {
  std::int64_t from = 0;  // 0: the schema was created
  std::int64_t to = 0;
  bool changed() const { return from != to; }
};

// Creates the schema in an empty database or runs the missing steps. Safe when several processes do
// it at once. Throws Error(kIntegrity, "db.newer") when the database is newer than this program,
// and leaves it untouched.
Migrated migrate(Handle& handle);

// As above with another chain and schema; for tests of the engine.
Migrated migrate(Handle& handle, std::string_view schema, std::int64_t version,
                 std::span<const Migration> steps);

}  // namespace tokctl::db
