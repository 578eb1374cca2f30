// The database as a whole: its schema, its own health, its root keys.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "auth/sessions.h"
#include "base/config.h"
#include "model/token.h"

namespace tokctl::auth {

struct Context;

struct DatabaseStatus {
  std::string url;     // without a password
  std::string driver;  // sqlite, ...
  std::int64_t schema_version = 0;
  std::int64_t program_version = 0;  // the schema this program knows
  std::string active_root_key;       // id
  std::int64_t users = 0;
  std::int64_t events = 0;  // seq of the last
};

struct RootKeyInfo {
  std::string id;
  std::string state;  // live, active, retired
  bool held = false;  // whether this process has it
  Time created_at;
};

// What `gc` removed, or would.
struct Collected {
  std::int64_t sessions = 0;
  std::int64_t tokens = 0;
  std::int64_t login_throttle = 0;
  std::int64_t events = 0;
  std::int64_t kit_users = 0;  // users of whom nothing of kit's is kept any longer
  std::int64_t grants = 0;     // revoked ones of OAuth
  std::int64_t jwks = 0;       // retired, since every token that they signed has expired
  std::int64_t total() const {
    return sessions + tokens + login_throttle + events + kit_users + grants + jwks;
  }
};

// What `rekey` did.
struct Rekeyed {
  std::string root_key;               // the active one
  std::int64_t values = 0;            // sealed anew
  std::vector<std::string> troubles;  // a line for each that does not open, and was left as it is
};

// Thread-safe.
class Database {
 public:
  explicit Database(Context& context) : context_(context) {}

  DatabaseStatus status();
  // Whether work can be done: the database answers, and its active root key is held. Throws
  // Error(kUnavailable), kIntegrity "key.missing".
  void ping();
  std::vector<RootKeyInfo> root_keys();

  // The database's own check, then tokctl's invariants: sealed values open, keys of JWTs are sound,
  // the end of every API token is what its times say, the chain of events holds up to its head.
  // Returns a line for each thing found wrong.
  std::vector<std::string> check(const Progress& progress = {});

  // Deletes what ended longer ago than the retention (or `older_than`): sessions, tokens, revoked
  // grants, retired keys of JWTs, what kit's tokens needed, throttle entries, events.
  Collected collect(std::optional<Seconds> older_than, const Progress& progress = {});

  // Seals every sealed value under the active root key, in batches with an event each, while others
  // work. Stopped half-way, it goes on where it was. On a dry run, counts.
  Rekeyed rekey(const Progress& progress = {});

  // Registers a key that the key file holds, makes one active, ends one. False when it was so
  // already. Throws Error(kNotFound, "key.not_found") for an unknown id, kPolicy "key.active" when
  // the active one would be retired, kPolicy "key.in_use" while values are sealed under it.
  bool add_root_key(std::string_view id);
  bool activate_root_key(std::string_view id);
  bool retire_root_key(std::string_view id);

 private:
  Context& context_;
};

// What setting up did.
struct SetUp {
  std::string db;        // URL, without a password
  std::string key_file;  // path
  std::string root_key;  // id of the active one
  bool created_database = false;
  bool created_key_file = false;
  bool added_root_key = false;
};

// Makes what is missing of key file and database; changes nothing that exists. With `new_root_key`,
// adds a key to the file and registers it, not yet active.
SetUp initialize(const Config& config, bool new_root_key);

// Brings the schema up to date without anything else; from and to versions.
struct SchemaChange {
  std::int64_t from = 0;
  std::int64_t to = 0;
};
SchemaChange migrate(const Config& config);

// Looks at everything in turn and goes on after a failure: key file, database, schema, keys, audit
// log, clock. Changes nothing.
std::vector<Check> diagnose(const Config& config);

}  // namespace tokctl::auth
