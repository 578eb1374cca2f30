#include "auth/opening.h"

#include <fmt/format.h>
#include <unistd.h>

#include "auth/change.h"
#include "base/error.h"
#include "base/file.h"
#include "base/utf8.h"
#include "db/event.h"
#include "db/migrate.h"
#include "db/root_key.h"

namespace tokctl::auth {
namespace {

constexpr const char* kInMemory = "sqlite::memory:";

void notice(const Config& config, const std::string& text) {
  if (config.notice) config.notice(text);
}

bool exists(const std::string& path) { return access(path.c_str(), F_OK) == 0; }

// Creates the key file unless somebody else just did: either way it then exists, whole.
bool create_key_file(const std::string& path, Random& random) {
  make_private_folder(folder_of(path));
  std::vector<crypto::RootKey> keys;
  keys.push_back(crypto::make_root_key(random));
  return create_private_file(path, crypto::format_key_file(keys).reveal());
}

// Two commands that each add a key must not lose one another's.
void add_to_key_file(const std::string& path, crypto::RootKey key) {
  const FileLock lock(path + ".lock");
  auto keys = crypto::parse_key_file(read_private_file(path, crypto::kKeyFileMax));
  keys.push_back(std::move(key));
  replace_private_file(path, crypto::format_key_file(keys).reveal());
}

struct Prepared {
  bool rehearse = false;              // the schema would have to be made, and must not be
  std::optional<std::string> active;  // the root key that the database was made under; nothing
                                      // when it has none yet: nothing in it depends on any
};

// Makes the schema or brings it up to date, as far as that is allowed.
Prepared prepare(const Config& config, db::Pool& pool, bool setting_up) {
  const auto db = pool.borrow();
  const SchemaRights rights{.server = pool.driver().is_server(),
                            .create = config.create,
                            .upgrade = config.upgrade && !config.dry_run,
                            .setting_up = setting_up};
  const SchemaDeed deed = judge_schema(db::schema_version(*db), db::kSchemaVersion, rights);
  if (deed == SchemaDeed::kMake && config.dry_run) return {.rehearse = true, .active = {}};
  if (deed != SchemaDeed::kNone) {
    const auto migrated = db::migrate(*db);
    if (migrated.changed() && migrated.from != 0) {
      notice(config,
             fmt::format("database brought from schema {} to {}", migrated.from, migrated.to));
    }
  }
  return {.rehearse = false, .active = db::root_keys::active(*db)};
}

// The first entry in a new database: which root key it is made under. That is another's when
// several processes start at once.
std::string adopt_root_key(Context& context, const std::string& id) {
  return write(context, [&](Change& change) {
    // Where writers do not wait for each other anyway, two would each find no key and set their
    // own.
    db::events::head(change.db(), db::Locking::kRows);
    if (auto active = db::root_keys::active(change.db())) return *std::move(active);
    db::root_keys::insert(change.db(), {.id = id,
                                        .state = db::root_keys::State::kActive,
                                        .created_at = change.now(),
                                        .activated_at = change.now(),
                                        .retired_at = {}});
    change.record("database.created", {}, id, {{"schema", db::kSchemaVersion}});
    return id;
  });
}

[[noreturn]] void throw_key_file_missing(const std::string& path, bool ever_had_one) {
  throw Error(
      Code::kIntegrity, "key.missing",
      fmt::format("the root key file {} is missing", printable(path)),
      ever_had_one ? "restore it from its backup, or name it: --key-file PATH" : "tokctl init");
}

void check_held(const crypto::Keyring& keyring, const std::string& key_file,
                const std::string& active) {
  if (keyring.has(active)) return;
  throw Error(Code::kIntegrity, "key.foreign",
              fmt::format("the root key file {} does not hold root key {} of this database",
                          printable(key_file), active),
              "name the right one: --key-file PATH");
}

// Whether a destination is an empty database. One that is marked has its schema.
bool needs_schema(db::Handle& db) {
  if (db::copy_mark(db)) return false;
  return judge_schema(db::schema_version(db), db::kSchemaVersion, {.setting_up = true}) ==
         SchemaDeed::kMake;
}

// A dry run on a database that does not exist plays on one in memory, with a key that nobody will
// see again.
std::unique_ptr<Context> open_rehearsal(Config config, Clock& clock, Random& random) {
  config.db = kInMemory;
  config.dry_run = false;
  std::vector<crypto::RootKey> keys;
  keys.push_back(crypto::make_root_key(random));
  const std::string id = keys.front().id;
  auto context =
      std::make_unique<Context>(config, clock, random, crypto::Keyring(keys), make_pool(config));
  harden_process();
  db::migrate(*context->pool.borrow());
  adopt_root_key(*context, id);
  return context;
}

}  // namespace

std::string key_file_of(const Config& config) {
  const auto credentials = system_environment()("CREDENTIALS_DIRECTORY").value_or("");
  return crypto::key_file_path(config.key_file, credentials,
                               data_folder(system_environment()) + "/tokctl.key");
}

bool is_missing_file(const std::string& url) {
  const auto path = db::sqlite_path(url);
  return path && *path != ":memory:" && !exists(*path);
}

std::unique_ptr<db::Pool> make_pool(const Config& config) {
  // Whoever opens the database may use Redis later, or never; a URL that is none is told at once.
  if (!config.redis.empty()) cache::parse_redis_url(config.redis);
  return std::make_unique<db::Pool>(
      config.db, db::OpenOptions{.timeout = config.timeout, .create = config.create}, config.trace,
      db::PoolLimits{.size = config.pool_size});
}

SchemaDeed judge_schema(std::optional<std::int64_t> found, std::int64_t needed,
                        const SchemaRights& rights) {
  if (!found) {
    if (rights.setting_up || (rights.create && !rights.server)) return SchemaDeed::kMake;
    throw Error(Code::kIntegrity, "db.empty", "the database is empty", "tokctl init");
  }
  db::check_version(*found, needed);
  if (*found == needed) return SchemaDeed::kNone;
  if (rights.upgrade && !rights.server) return SchemaDeed::kUpgrade;
  throw Error(Code::kIntegrity, "db.older",
              fmt::format("the database is of schema {}, this program needs {}", *found, needed),
              "tokctl db migrate");
}

std::unique_ptr<Context> open_context(const Config& config, Clock& clock, Random& random,
                                      bool setting_up) {
  const bool missing = is_missing_file(config.db);
  if (missing && config.create && config.dry_run) return open_rehearsal(config, clock, random);
  if (missing && config.create) make_private_folder(folder_of(*db::sqlite_path(config.db)));

  auto pool = make_pool(config);
  const Prepared prepared = prepare(config, *pool, setting_up);
  if (prepared.rehearse) return open_rehearsal(config, clock, random);
  const auto& active = prepared.active;
  if (missing) notice(config, "created database " + without_password(config.db));

  const std::string key_file = key_file_of(config);
  if (!exists(key_file)) {
    // A key is made unasked only for a file of this host's that never had one: any other database
    // is sealed under a key that got lost, or is shared with hosts that have one already.
    const bool may_make = setting_up || (config.create && !pool->driver().is_server());
    if (active || !may_make || config.dry_run) throw_key_file_missing(key_file, active.has_value());
    if (create_key_file(key_file, random)) {
      notice(config, fmt::format("created root key file {}: keep a copy of it in a safe place",
                                 printable(key_file)));
    }
  }
  auto keyring = crypto::load_keyring(key_file);
  if (active) check_held(keyring, key_file, *active);
  const std::string first = keyring.ids().front();
  auto context =
      std::make_unique<Context>(config, clock, random, std::move(keyring), std::move(pool));
  if (!active && config.create)
    check_held(context->keyring, key_file, adopt_root_key(*context, first));
  return context;
}

std::unique_ptr<Context> open_destination(const Config& config, const std::string& root_key,
                                          Clock& clock, Random& random) {
  const std::string key_file = key_file_of(config);
  if (!exists(key_file)) throw_key_file_missing(key_file, true);
  auto keyring = crypto::load_keyring(key_file);
  check_held(keyring, key_file, root_key);

  Config chosen = config;
  if (config.dry_run && is_missing_file(config.db)) chosen.db = kInMemory;
  if (is_missing_file(chosen.db)) make_private_folder(folder_of(*db::sqlite_path(chosen.db)));
  auto pool = make_pool(chosen);
  if (needs_schema(*pool->borrow())) {
    if (config.dry_run) {
      chosen.db = kInMemory;
      pool = make_pool(chosen);
    }
    db::migrate(*pool->borrow());
  }
  return std::make_unique<Context>(chosen, clock, random, std::move(keyring), std::move(pool));
}

SetUp initialize(const Config& config, bool new_root_key) {
  SystemClock clock;
  SystemRandom random;
  SetUp done{.db = without_password(config.db), .key_file = key_file_of(config)};
  done.created_database =
      is_missing_file(config.db) || !db::schema_version(*make_pool(config)->borrow());
  done.created_key_file = !exists(done.key_file);

  std::string added;
  if (new_root_key && !done.created_key_file) {
    crypto::RootKey key = crypto::make_root_key(random);
    added = key.id;
    if (!config.dry_run) add_to_key_file(done.key_file, std::move(key));
  }

  Config quiet = config;
  quiet.create = true;
  quiet.notice = nullptr;  // the caller is told all of it here
  const auto context = open_context(quiet, clock, random, true);
  Database database(*context);
  if (!added.empty()) done.added_root_key = config.dry_run || database.add_root_key(added);
  done.root_key = added.empty() ? database.status().active_root_key : added;
  return done;
}

SchemaChange migrate(const Config& config) {
  Config careful = config;
  careful.create = false;
  const auto pool = make_pool(careful);
  const auto db = pool->borrow();
  if (config.dry_run) {
    const auto found = db::schema_version(*db);
    if (found) db::check_version(*found);
    return {.from = found.value_or(0), .to = db::kSchemaVersion};
  }
  const auto migrated = db::migrate(*db);
  return {.from = migrated.from, .to = migrated.to};
}

}  // namespace tokctl::auth
