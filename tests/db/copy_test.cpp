// Everything that a database holds, into another of any kind and into files.
#include "auth/copy.h"

#include <catch2/catch.hpp>
#include <filesystem>
#include <map>
#include <optional>

#include "auth/backup.h"
#include "auth/dump.h"
#include "auth/row_source.h"
#include "db/migrate.h"
#include "db/table.h"
#include "db/test_database.h"
#include "support/error.h"
#include "support/scratch.h"
#include "support/text_source.h"
#include "tokctl.h"

namespace tokctl::auth {
namespace {

using testing::code_of;
using testing::content_of;
using testing::error_of;
using testing::make_database;
using testing::Scratch;

using Content = std::map<std::string, std::vector<db::Cells>>;

// Those that more than one pool can reach.
std::vector<std::string> kinds() {
  auto kinds = testing::database_kinds();
  std::erase(kinds, "sqlite memory");
  return kinds;
}

// A database and the key file of the test.
struct World {
  explicit World(const std::string& kind, const Scratch& keys) : database(make_database(kind)) {
    config.db = database->url();
    config.key_file = keys / "tokctl.key";
    config.actor = "test";
  }

  void set_up(int users = 3) const {
    initialize(config, false);
    open(config).users().create({.email = "a@example.com", .full_name = "A", .password = {}});
    const auto connections = pool();
    const auto lease = connections->borrow();
    db::Transaction change(*lease, db::Access::kWrite);
    for (const db::Table& table : db::tables()) fill(*lease, table, users);
    change.commit();
  }

  // Rows in every table, whichever there are; but the audit log and the root keys are real.
  static void fill(db::Handle& db, const db::Table& table, int users) {
    db::TableAccess access(db, table);
    if (table.name == "root_keys" || table.name.starts_with("event")) return;
    const int rows = table.name == "users" ? users : 3;
    for (int n = 0; n < rows; ++n) {
      db::Cells row;
      for (const db::Column& column : table.columns) {
        if (column.name == "public_id") {
          row.emplace_back("u" + std::to_string(n));
        } else if (column.nullable && n % 2 == 0) {
          row.emplace_back();
        } else if (column.integer) {
          row.emplace_back(std::int64_t{n} - 1);
        } else {
          row.emplace_back("\U0001d11e'" + std::to_string(n));
        }
      }
      access.insert(row);
    }
  }

  std::unique_ptr<db::Pool> pool() const {
    return std::make_unique<db::Pool>(config.db, db::OpenOptions{}, nullptr);
  }

  Content content() const {
    const auto connections = pool();
    const auto lease = connections->borrow();
    Content all;
    for (const db::Table& table : db::tables())
      all[table.name] = db::TableAccess(*lease, table).read({}, 1'000'000);
    return all;
  }

  bool usable() const {
    try {
      open(config);
      return true;
    } catch (const Error& error) {
      CHECK(error.id() == "copy.unfinished");
      return false;
    }
  }

  std::unique_ptr<testing::TestDatabase> database;
  Config config;
};

// The same, but for one more event that tells so.
void check_copied(const World& from, const World& to, const std::string& type) {
  Content source = from.content(), copy = to.content();
  for (const auto& [table, rows] : source) CHECK_FALSE(rows.empty());
  REQUIRE(copy["events"].size() == source["events"].size() + 1);
  CHECK((copy["events"].back()[2] == db::Cell(type)));
  copy["events"].pop_back();
  copy.erase("event_head");
  source.erase("event_head");
  CHECK((source == copy));
  auto opened = open(to.config);
  opened.audit().verify();
  opened.users().create({.email = "later@example.com", .full_name = "L", .password = {}});
  opened.audit().verify();
}

struct Stop {};

TEST_CASE("copy: everything, between any two kinds") {
  const Scratch keys;
  const World from(GENERATE(from_range(kinds())), keys), to(GENERATE(from_range(kinds())), keys);
  from.set_up(2001);
  const Content before = from.content();
  const Copied copied = copy_database(from.config, to.config, {});
  CHECK((from.content() == before));
  CHECK(copied.copied == copied.rows);
  CHECK_FALSE(copied.resumed);
  std::int64_t rows = 0;
  for (const CopiedTable& table : copied.tables) rows += table.rows;
  CHECK(rows == copied.rows);
  CHECK(copied.tables.size() == db::tables().size());
  check_copied(from, to, "database.copied");
}

TEST_CASE("copy: goes on where it was interrupted, wherever that is") {
  const Scratch keys;
  const World from("sqlite file", keys), to(GENERATE(from_range(kinds())), keys);
  from.set_up(2500);
  // Each run is stopped after one step more than the one before.
  int interruptions = 0;
  std::optional<Copied> last;
  while (!last) {
    int left = ++interruptions;
    try {
      last =
          copy_database(from.config, to.config,
                        {.replace = false, .progress = [&](std::int64_t done, std::int64_t total) {
                           CHECK(done <= total);
                           if (left-- == 0) throw Stop{};
                         }});
    } catch (const Stop&) {
      CHECK_FALSE(to.usable());
    }
  }
  CHECK(interruptions > 10);
  CHECK(last->resumed);
  CHECK(last->copied == 0);
  check_copied(from, to, "database.copied");
}

TEST_CASE("copy: does not go on when the source has changed, unless from the beginning") {
  const Scratch keys;
  const World from("sqlite file", keys), to(GENERATE(from_range(kinds())), keys);
  from.set_up();
  const CopyOptions stopping{.replace = false,
                             .progress = [](std::int64_t, std::int64_t) { throw Stop{}; }};
  CHECK_THROWS_AS(copy_database(from.config, to.config, stopping), Stop);
  open(from.config).users().create({.email = "b@example.com", .full_name = "B", .password = {}});
  const Error error = error_of([&] { copy_database(from.config, to.config, {}); });
  CHECK(error.id() == "copy.other");
  CHECK(error.code() == Code::kConflict);
  CHECK_FALSE(copy_database(from.config, to.config, {.replace = true}).resumed);
  check_copied(from, to, "database.copied");
}

TEST_CASE("copy: what changed without a trace in the log is found in the end") {
  const Scratch keys;
  const World from("sqlite file", keys), to(GENERATE(from_range(kinds())), keys);
  from.set_up();
  int left = 5;
  CHECK_THROWS_AS(copy_database(from.config, to.config,
                                {.replace = false,
                                 .progress =
                                     [&](std::int64_t, std::int64_t) {
                                       if (left-- == 0) throw Stop{};
                                     }}),
                  Stop);
  from.pool()->borrow()->run("UPDATE users SET updated_at = 99 WHERE public_id = 'u1'");
  CHECK(error_of([&] { copy_database(from.config, to.config, {}); }).id() == "copy.differs");
  CHECK_FALSE(to.usable());
}

TEST_CASE("copy: a destination that is in use is left as it is") {
  const Scratch keys;
  const World from("sqlite file", keys), to(GENERATE(from_range(kinds())), keys);
  from.set_up();
  CHECK(error_of([&] { copy_database(from.config, from.config, {.replace = true}); }).id() ==
        "copy.same");
  to.set_up();
  const Content before = to.content();
  CHECK(error_of([&] { copy_database(from.config, to.config, {}); }).id() == "db.not_empty");
  Config dry = to.config;
  dry.dry_run = true;
  CHECK(copy_database(from.config, dry, {.replace = true}).copied == 0);
  CHECK((to.content() == before));
  copy_database(from.config, to.config, {.replace = true});
  check_copied(from, to, "database.copied");
}

TEST_CASE("copy: without the root key nothing is begun") {
  const Scratch keys, others;
  const World from("sqlite file", keys), other("sqlite file", others);
  World to("sqlite file", others);
  from.set_up();
  CHECK(error_of([&] { copy_database(from.config, to.config, {}); }).id() == "key.missing");
  other.set_up();
  CHECK(error_of([&] { copy_database(from.config, to.config, {}); }).id() == "key.foreign");
  CHECK_FALSE(std::filesystem::exists(*db::sqlite_path(to.config.db)));
}

// ---- files
// ------------------------------------------------------------------------

std::string dump_of(const World& world) {
  std::string bytes;
  dump(world.config, [&](std::string_view piece) { bytes += piece; }, {});
  return bytes;
}

TEST_CASE("backup: a dump of any kind comes back on any kind") {
  const Scratch keys;
  const World from(GENERATE(from_range(kinds())), keys), to(GENERATE(from_range(kinds())), keys);
  from.set_up(2001);
  const std::string bytes = dump_of(from);
  check_dump(test::text_source(bytes));
  const Restored restored = restore_dump(to.config, test::text_source(bytes), {});
  CHECK(restored.rows > 2001);
  check_copied(from, to, "database.restored");
}

TEST_CASE("backup: a SQLite file is a database, and comes back on any kind") {
  const Scratch keys;
  const World from("sqlite file", keys), to(GENERATE(from_range(kinds())), keys);
  from.set_up(2001);
  const std::string path = keys / "backup.db";
  std::int64_t last = 0, of = 1;
  const auto format = back_up(from.config, path, false, [&](std::int64_t done, std::int64_t total) {
    last = done;
    of = total;
  });
  CHECK(format == BackupFormat::kSqlite);
  CHECK(last == of);
  CHECK(testing::mode_of(path) == 0600);
  CHECK_FALSE(std::filesystem::exists(path + "-wal"));
  CHECK_FALSE(std::filesystem::exists(path + "-journal"));
  CHECK(error_of([&] { back_up(from.config, path, false, {}); }).id() == "file.exists");
  restore_database(to.config, path, {});
  check_copied(from, to, "database.restored");
  Config copy = from.config;
  copy.db = "sqlite:" + path;
  CHECK(open(copy).audit().verify().checked > 0);
}

TEST_CASE("backup: what is stopped leaves no file") {
  const Scratch keys, folder;
  const World from("sqlite file", keys);
  from.set_up();
  const auto stop = [](std::int64_t, std::int64_t) { throw Stop{}; };
  CHECK_THROWS_AS(back_up(from.config, folder / "x", false, stop), Stop);
  CHECK(folder.empty());
}

TEST_CASE("backup: holds one moment while others write") {
  const Scratch keys;
  const World from(GENERATE(from_range(kinds())), keys);
  from.set_up(5000);
  auto writer = open(from.config);
  int written = 0;
  std::string bytes;
  DatabaseRows source(from.config);
  write_dump(
      source, Time{}, [&](std::string_view piece) { bytes += piece; },
      [&](std::int64_t, std::int64_t) {
        writer.users().create({.email = std::to_string(++written) + "@example.com",
                               .full_name = "W",
                               .password = {}});
      });
  CHECK(written > 3);
  std::int64_t users = 0, events = 0;
  DumpRows(test::text_source(bytes)).each([&](std::size_t table, const db::Cells&) {
    users += db::tables()[table].name == "users";
    events += db::tables()[table].name == "events";
  });
  CHECK(users == 5001);
  CHECK(events == source.facts().head.seq);
}

TEST_CASE("restore: a dump that is not whole is refused, and the database left as it is") {
  const Scratch keys;
  const World from("sqlite file", keys), to(GENERATE(from_range(kinds())), keys);
  from.set_up();
  const std::string whole = dump_of(from);
  to.set_up(4);
  const Content before = to.content();
  std::vector<std::string> broken{"", "no dump", whole + "x", whole + whole};
  for (std::size_t size = 1; size < whole.size(); size += whole.size() / 17)
    broken.push_back(whole.substr(0, size));
  broken.push_back(whole.substr(0, whole.size() - 1));
  for (std::size_t at = 12; at < whole.size(); at += whole.size() / 23) {
    broken.push_back(whole);
    broken.back()[at] = static_cast<char>(broken.back()[at] ^ 0x40);
  }
  for (const std::string& bytes : broken) {
    CHECK(code_of([&] { restore_dump(to.config, test::text_source(bytes), {.replace = true}); }) ==
          Code::kIntegrity);
    CHECK(code_of([&] { check_dump(test::text_source(bytes)); }) == Code::kIntegrity);
  }
  CHECK((to.content() == before));
  restore_dump(to.config, test::text_source(whole), {.replace = true});
  check_copied(from, to, "database.restored");
}

// A dump as somebody wrote it who knows the form.
std::string written(const std::vector<std::string>& lines) {
  std::string bytes, text;
  GzipWriter gzip([&](std::string_view piece) { bytes += piece; });
  for (const std::string& line : lines) gzip.append(line + "\n");
  gzip.finish();
  return bytes;
}

std::vector<std::string> lines_of(const std::string& bytes) {
  GzipReader gzip(test::text_source(bytes));
  std::vector<std::string> lines;
  for (std::string line; gzip.line(line);) lines.push_back(line);
  return lines;
}

TEST_CASE("restore: a dump that somebody has changed is refused") {
  const Scratch keys;
  const World from("sqlite file", keys);
  from.set_up();
  const auto whole = lines_of(dump_of(from));
  CHECK_NOTHROW(check_dump(test::text_source(written(whole))));
  const auto refused = [&](std::vector<std::string> lines) {
    const Error error = error_of([&] { check_dump(test::text_source(written(lines))); });
    CHECK(error.code() == Code::kIntegrity);
    return error.id();
  };
  for (std::size_t line = 0; line < whole.size(); ++line) {
    auto without = whole, twice = whole, odd = whole;
    without.erase(without.begin() + static_cast<std::ptrdiff_t>(line));
    twice.insert(twice.begin() + static_cast<std::ptrdiff_t>(line), whole[line]);
    odd[line] = "[" + odd[line];
    refused(without);
    refused(twice);
    refused(odd);
  }
  auto header = [&](const std::string& was, const std::string& is) {
    auto lines = whole;
    const auto at = lines[0].find(was);
    REQUIRE(at != std::string::npos);
    lines[0].replace(at, was.size(), is);
    return refused(lines);
  };
  const std::string schema = "\"schema\":" + std::to_string(db::kSchemaVersion);
  CHECK(header(schema, "\"schema\":1000") == "dump.newer");
  CHECK(header(schema, "\"schema\":1") == "dump.older");
  CHECK(header("\"tokctl_dump\":1", "\"tokctl_dump\":2") == "dump.newer");
  CHECK(header("tokctl_dump", "pg_dump") == "dump.foreign");
  CHECK(refused({"{}"}) == "dump.foreign");
  CHECK(refused({std::string(GzipReader::kLineMax + 1, '[')}) == "dump.damaged");
}

}  // namespace
}  // namespace tokctl::auth
