#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "base/file.h"
#include "base/utf8.h"
#include "db/pool.h"
#include "db/sqlite.h"

namespace tokctl::db::sqlite {
namespace {

constexpr std::string_view kScheme = "sqlite:";
constexpr std::string_view kMemory = ":memory:";

// What sqlite3_open_v2 takes.
struct Target {
  std::string name;
  int flags = 0;
};

// Percent-encodes everything that means something in SQLite's URIs.
std::string as_uri_path(std::string_view path) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string uri;
  for (const char c : path) {
    if (c != '%' && c != '?' && c != '#') {
      uri += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    uri += {'%', kHex[byte >> 4], kHex[byte & 15]};
  }
  return uri;
}

// `sqlite::memory:` is a database of its own; with a name after it, the one all connections of this
// process share that know the name.
Target memory_target(std::string_view name) {
  if (name.empty()) return {std::string(kMemory), SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE};
  return {"file:/" + as_uri_path(name) + "?vfs=memdb",
          SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_URI};
}

// SQLite takes some names for a URI or for a database in memory; never one that begins with a dot
// or a slash.
Target file_target(const std::string& path, const OpenOptions& options) {
  return {path.starts_with('/') ? path : "./" + path,
          options.read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE};
}

// Read without locks and without the files beside it.
Target immutable_target(const std::string& absolute_path) {
  return {"file:" + as_uri_path(absolute_path) + "?immutable=1",
          SQLITE_OPEN_READONLY | SQLITE_OPEN_URI};
}

void create_file(const std::string& path) {
  try {
    // Written aside and linked into place: opening and closing it here could drop the locks that
    // another thread's connection has on it by then.
    create_private_file(path, "");
  } catch (const Error&) {
    throw DbError(Trouble::kDenied, "db.create",
                  "the database " + printable(path) + " cannot be created",
                  "check that the folder exists and is writable");
  }
}

// Looks before SQLite does: opening a FIFO would wait for ever, and a missing file has a way out.
void check_file(const std::string& path, const OpenOptions& options) {
  struct stat status{};
  if (stat(path.c_str(), &status) == 0) {
    if (S_ISREG(status.st_mode)) return;
    throw DbError(Trouble::kGone, "db.not_a_file", printable(path) + " is not a regular file");
  }
  switch (errno) {
    case ENOENT:
      if (options.create && !options.read_only) return create_file(path);
      throw DbError(Trouble::kGone, "db.missing", "there is no database at " + printable(path),
                    "tokctl init");
    case ENOTDIR:
      throw DbError(Trouble::kGone, "db.missing", "there is no database at " + printable(path));
    default:
      fail(SQLITE_CANTOPEN, errno, path);
  }
}

Database open_target(const Target& target, const std::string& path) {
  sqlite3* raw = nullptr;
  const int code =
      sqlite3_open_v2(target.name.c_str(), &raw,
                      target.flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nullptr);
  Database database(raw);
  if (code != SQLITE_OK) fail(code, raw != nullptr ? sqlite3_system_errno(raw) : 0, path);

  // A schema that somebody else wrote must not run code of its own here.
  sqlite3_db_config(raw, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(raw, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  sqlite3_db_config(raw, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, nullptr);
  sqlite3_db_config(raw, SQLITE_DBCONFIG_ENABLE_VIEW, 0, nullptr);
  sqlite3_db_config(raw, SQLITE_DBCONFIG_DQS_DML, 0, nullptr);
  sqlite3_db_config(raw, SQLITE_DBCONFIG_DQS_DDL, 0, nullptr);
  sqlite3_db_config(raw, SQLITE_DBCONFIG_ENABLE_FKEY, 1, nullptr);
  return database;
}

// Waits for a lock. SQLite calls it with the number of times it did so before.
int wait_for_lock(void* patience, int tries) {
  return static_cast<Patience*>(patience)->nap(tries) ? 1 : 0;
}

// Opening reads nothing; this does, and so tells whether there is a database. A cache of up to 64
// MB holds the inner pages of ten million rows and those that are asked for again and again; a log
// of 16 MB takes each busy page to the database once for a thousand writes. The database's pages
// are not trusted to be well formed, and for the same reason none is ever mapped into memory, fast
// as that would be: whoever can write the file could change a page after it was checked.
int first_read(sqlite3* database) {
  return sqlite3_exec(
      database,
      "PRAGMA cache_size = -64000; PRAGMA wal_autocheckpoint = 4000; PRAGMA cell_size_check = ON;"
      " SELECT 1 FROM sqlite_schema LIMIT 1",
      nullptr, nullptr, nullptr);
}

// Without a write-ahead log nobody has the database open, and the file alone is all of it.
bool has_log(const std::string& absolute_path) {
  struct stat status{};
  const std::string log = absolute_path + "-wal";
  return stat(log.c_str(), &status) == 0 ? status.st_size > 0 : errno != ENOENT;
}

Opened open_file(const std::string& path, const OpenOptions& options) {
  check_file(path, options);
  Opened opened{path, std::make_unique<Patience>(options.timeout),
                open_target(file_target(path, options), path)};
  sqlite3* database = opened.database.get();
  sqlite3_busy_handler(database, wait_for_lock, opened.patience.get());
  const int code = first_read(database);
  if (code == SQLITE_OK) return opened;

  // To read a database in WAL mode takes two files beside it. Who may not make them, on a read-only
  // folder or medium, can still read the file by itself.
  const int kind = code & 0xff;
  const std::string absolute_path = sqlite3_db_filename(database, "main");
  if ((kind != SQLITE_CANTOPEN && kind != SQLITE_READONLY) || has_log(absolute_path)) {
    fail(code, sqlite3_system_errno(database), path);
  }
  opened.database = open_target(immutable_target(absolute_path), path);
  opened.passing = true;
  const int second_code = first_read(opened.database.get());
  if (second_code != SQLITE_OK) {
    fail(second_code, sqlite3_system_errno(opened.database.get()), path);
  }
  return opened;
}

Opened open_memory(std::string_view name, const OpenOptions& options) {
  const std::string path(kMemory);
  Opened opened{path, std::make_unique<Patience>(options.timeout),
                open_target(memory_target(name), path)};
  sqlite3_busy_handler(opened.database.get(), wait_for_lock, opened.patience.get());
  return opened;
}

class SqliteDriver final : public Driver {
 public:
  std::string_view name() const override { return "sqlite"; }
  bool accepts(std::string_view url) const override { return url.starts_with(kScheme); }
  bool is_server() const override { return false; }
  std::unique_ptr<Connection> open(std::string_view url,
                                   const OpenOptions& options) const override {
    url.remove_prefix(kScheme.size());
    if (url.starts_with(kMemory)) {
      url.remove_prefix(kMemory.size());
      return std::make_unique<SqliteConnection>(open_memory(url, options), options);
    }
    if (url.empty() || url.find('\0') != std::string_view::npos) {
      throw Error(Code::kUsage, "db.url", "the database URL names no file",
                  "write it as sqlite:PATH");
    }
    return std::make_unique<SqliteConnection>(open_file(std::string(url), options), options);
  }
};

}  // namespace

void Close::operator()(sqlite3* database) const { sqlite3_close_v2(database); }

}  // namespace tokctl::db::sqlite

namespace tokctl::db {

const Driver& sqlite_driver() {
  static const sqlite::SqliteDriver kDriver;
  return kDriver;
}

std::optional<std::string> sqlite_path(std::string_view url) {
  if (!url.starts_with(sqlite::kScheme)) return std::nullopt;
  url.remove_prefix(sqlite::kScheme.size());
  if (url.starts_with(sqlite::kMemory)) return std::nullopt;
  return std::string(url);
}

}  // namespace tokctl::db
