#include "auth/backup.h"

#include <fmt/format.h>
#include <unistd.h>

#include <vector>

#include "auth/change.h"
#include "auth/destination.h"
#include "auth/dump.h"
#include "auth/opening.h"
#include "auth/row_source.h"
#include "base/error.h"
#include "base/file.h"
#include "base/utf8.h"
#include "db/migrate.h"

namespace tokctl::auth {
namespace {

constexpr std::int64_t kToldEvery = 1000;  // rows between two calls of a progress

[[noreturn]] void throw_exists(const std::string& path) {
  throw Error(Code::kConflict, "file.exists", fmt::format("{} exists already", printable(path)),
              "tokctl never overwrites a file: remove it, or name another");
}

// Of whatever schema, for an older one is best backed up before it is brought up to date.
bool copy_file(const Config& config, const std::string& path, const Progress& progress) {
  Config careful = config;
  careful.create = careful.upgrade = false;
  const auto pool = make_pool(careful);
  const auto db = pool->borrow();
  if (!db::schema_version(*db))
    throw Error(Code::kIntegrity, "db.empty", "the database is empty", "tokctl init");
  return db->connection().back_up(path, progress);
}

// What of a backup's rows the database itself refuses cannot have come out of one.
void insert(db::TableAccess& table, const db::Cells& row) {
  try {
    table.insert(row);
  } catch (const db::DbError& error) {
    if (error.trouble() != db::Trouble::kUnique && error.trouble() != db::Trouble::kOther) throw;
    throw_dump_damaged("its rows do not belong together");
  }
}

Restored restore(const Config& config, RowSource& source, const RestoreOptions& options) {
  SystemClock clock;
  SystemRandom random;
  const SourceFacts& facts = source.facts();
  const auto context = open_destination(config, facts.root_key, clock, random);
  // Not by `write`: a backup that comes over a pipe cannot be read a second time.
  Change change(*context);
  const bool replaced =
      db::copy_mark(change.db(), db::Locking::kRows) || holds_data(change.db(), db::Locking::kRows);
  if (replaced && !options.replace) throw_not_empty();
  clear_all(change.db());

  std::vector<db::TableAccess> tables;
  for (const db::Table& table : db::tables()) tables.emplace_back(change.db(), table);
  Restored restored{.rows = 0, .events = facts.head.seq};
  source.each([&](std::size_t table, const db::Cells& row) {
    insert(tables[table], row);
    if (++restored.rows % kToldEvery == 0 && options.progress)
      options.progress(restored.rows, facts.total());
  });
  change.record("database.restored", {}, {},
                {{"rows", restored.rows}, {"events", restored.events}, {"replaced", replaced}});
  change.commit();
  return restored;
}

}  // namespace

BackupFormat back_up(const Config& config, const std::string& path, bool as_dump,
                     const Progress& progress) {
  if (::access(path.c_str(), F_OK) == 0) throw_exists(path);  // sooner than after all the work
  DraftFile draft(path);
  BackupFormat format = BackupFormat::kSqlite;
  if (as_dump || !copy_file(config, draft.name(), progress)) {
    format = BackupFormat::kDump;
    dump(config, [&](std::string_view bytes) { draft.append(bytes); }, progress);
  }
  if (!draft.move_to_free_place()) throw_exists(path);
  return format;
}

void dump(const Config& config, const std::function<void(std::string_view)>& out,
          const Progress& progress) {
  DatabaseRows source(config);
  write_dump(source, SystemClock().now(), out, progress);
}

Restored restore_dump(const Config& config, ReadBytes file, const RestoreOptions& options) {
  DumpRows source(std::move(file));
  return restore(config, source, options);
}

Restored restore_database(const Config& config, const std::string& path,
                          const RestoreOptions& options) {
  Config from = config;
  from.db = "sqlite:" + path;
  DatabaseRows source(from);
  return restore(config, source, options);
}

void check_dump(ReadBytes file) {
  DumpRows rows(std::move(file));
  rows.each([](std::size_t, const db::Cells&) {});
}

}  // namespace tokctl::auth
