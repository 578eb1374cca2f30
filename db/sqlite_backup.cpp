#include <sqlite3.h>

#include "db/sqlite.h"

namespace tokctl::db::sqlite {
namespace {

constexpr int kPages = 2000;  // copied between two looks at the progress

struct Finish {
  void operator()(sqlite3_backup* backup) const { sqlite3_backup_finish(backup); }
};

}  // namespace

bool SqliteConnection::back_up(const std::string& path, const BackupProgress& progress) {
  sqlite3* raw = nullptr;
  const std::string name = path.starts_with('/') ? path : "./" + path;
  const int opened =
      sqlite3_open_v2(name.c_str(), &raw, SQLITE_OPEN_READWRITE | SQLITE_OPEN_EXRESCODE, nullptr);
  const Database copy(raw);
  const auto fail_copy = [&](int code) {
    sqlite::fail(code, raw != nullptr ? sqlite3_system_errno(raw) : 0, path);
  };
  if (opened != SQLITE_OK) fail_copy(opened);

  // A read transaction holds the moment: without one the copy would begin anew whenever somebody
  // writes.
  const bool mine = sqlite3_get_autocommit(database_.get()) != 0;
  if (mine) begin(Access::kRead);
  std::unique_ptr<sqlite3_backup, Finish> backup(
      sqlite3_backup_init(raw, "main", database_.get(), "main"));
  if (!backup) fail_copy(sqlite3_extended_errcode(raw));
  require("SELECT 1 FROM sqlite_schema LIMIT 1");
  for (int code = SQLITE_OK; code != SQLITE_DONE;) {
    code = sqlite3_backup_step(backup.get(), kPages);
    if (code != SQLITE_OK && code != SQLITE_DONE) fail_copy(code);
    const std::int64_t total = sqlite3_backup_pagecount(backup.get());
    if (progress) progress(total - sqlite3_backup_remaining(backup.get()), total);
  }
  if (mine) rollback();
  backup.reset();
  // As copied it would want a log beside it, even to be read.
  const int settled = sqlite3_exec(raw, "PRAGMA journal_mode = DELETE", nullptr, nullptr, nullptr);
  if (settled != SQLITE_OK) fail_copy(settled);
  return true;
}

}  // namespace tokctl::db::sqlite
