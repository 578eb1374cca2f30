// Bringing database and root key together, when a program starts.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "auth/context.h"
#include "auth/database.h"

namespace tokctl::auth {

// Opens what `config` names, creating what is missing if it may. `setting_up`: somebody asked for
// exactly that, so also what is never made unasked. See tokctl::open for what is thrown.
std::unique_ptr<Context> open_context(const Config& config, Clock& clock, Random& random,
                                      bool setting_up = false);

std::unique_ptr<db::Pool> make_pool(const Config& config);

// Opens a database whose content is about to come from elsewhere, with the root key `root_key` that
// all of it depends on. Makes the schema if there is none; on a dry run where there is no database
// at all, in memory. Throws as open_context does, for a root key that is not held, and
// Error(kIntegrity, "db.older") on any kind of database.
std::unique_ptr<Context> open_destination(const Config& config, const std::string& root_key,
                                          Clock& clock, Random& random);

// What may be done about a schema that is not the program's.
struct SchemaRights {
  bool server = false;      // the database may be in use by other hosts, of other versions
  bool create = false;      // see Config
  bool upgrade = false;     // see Config
  bool setting_up = false;  // see open_context
};
enum class SchemaDeed { kNone, kMake, kUpgrade };
// What to do about version `found` (nothing: no tables yet) where `needed` is the program's. A
// server's schema is upgraded by `db migrate` alone: of a fleet, whichever host is first to have a
// newer program must not lock out the others. Throws Error(kIntegrity) "db.older" or "db.empty"
// when the rights do not suffice, and as db::check_version does.
SchemaDeed judge_schema(std::optional<std::int64_t> found, std::int64_t needed,
                        const SchemaRights& rights);

// The key file that `config` means.
std::string key_file_of(const Config& config);

// Whether the database is a SQLite file that does not exist yet.
bool is_missing_file(const std::string& url);

}  // namespace tokctl::auth
