// What is particular to SQLite: a file that anybody may have touched, and processes that share it.
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "base/utf8.h"
#include "db/migrate.h"
#include "db/test_database.h"
#include "support/child.h"
#include "support/error.h"
#include "support/raw_sqlite.h"
#include "support/scratch.h"

namespace tokctl::db {
namespace {

using testing::content_of;
using testing::error_of;
using testing::in_child;
using testing::in_children;
using testing::mode_of;
using testing::Scratch;
using testing::user_row;

void create(const std::string& path) {
  Pool pool("sqlite:" + path, {.create = true}, nullptr);
  const auto db = pool.borrow();
  migrate(*db);
  users::insert(*db, user_row(1));
}

std::int64_t count_users(const std::string& path, const OpenOptions& options = {}) {
  Pool pool("sqlite:" + path, options, nullptr);
  return users::count(*pool.borrow());
}

void add_user(const std::string& path, int number) {
  Pool pool("sqlite:" + path, {}, nullptr);
  const auto db = pool.borrow();
  Transaction change(*db, Access::kWrite);
  users::insert(*db, user_row(number));
  change.commit();
}

// Runs `call` without the rights of root, which would make every file writable.
template <typename Call>
bool as_nobody(const Scratch& scratch, Call call) {
  constexpr uid_t kNobody = 65534;
  if (geteuid() != 0) return in_child(call);
  for (const auto& entry : std::filesystem::recursive_directory_iterator(scratch.path())) {
    REQUIRE(chown(entry.path().c_str(), kNobody, kNobody) == 0);
  }
  REQUIRE(chown(scratch.path().c_str(), kNobody, kNobody) == 0);
  return in_child([&] { return setgid(kNobody) == 0 && setuid(kNobody) == 0 && call(); });
}

TEST_CASE("sqlite: every file is private, whatever the umask") {
  const Scratch scratch;
  const std::string path = scratch / "test.db";
  const mode_t old = umask(0);
  Pool pool("sqlite:" + path, {.create = true}, nullptr);
  const auto db = pool.borrow();
  migrate(*db);
  umask(old);
  for (const char* end : {"", "-wal", "-shm"}) CHECK(mode_of(path + end) == 0600);
}

TEST_CASE("sqlite: a database is durable and its references are kept") {
  const Scratch scratch;
  const std::string path = scratch / "test.db";
  create(path);
  Pool pool("sqlite:" + path, {}, nullptr);
  const auto db = pool.borrow();
  Transaction(*db, Access::kWrite).commit();
  const auto pragma = [&](const Sql& sql) {
    return db->first(sql, [](const Row& row) { return row.string(0); }).value();
  };
  CHECK(pragma("PRAGMA journal_mode") == "wal");
  CHECK(pragma("PRAGMA synchronous") == "2");
  CHECK(pragma("PRAGMA foreign_keys") == "1");
  CHECK(pragma("PRAGMA trusted_schema") == "0");
  CHECK(pragma("PRAGMA cell_size_check") == "1");
  CHECK(pragma("PRAGMA mmap_size") == "0");
  CHECK_THROWS_AS(db->run("UPDATE sqlite_schema SET sql = '' WHERE name = 'x'"), DbError);
}

TEST_CASE("sqlite: a trigger that somebody planted does not run") {
  const Scratch scratch;
  const std::string path = scratch / "test.db";
  create(path);
  test::RawSqlite(path).run("CREATE TRIGGER t AFTER INSERT ON users BEGIN DELETE FROM users; END");
  add_user(path, 2);
  CHECK(count_users(path) == 2);
}

TEST_CASE("sqlite: what cannot be opened is told apart") {
  const Scratch scratch;
  const auto refusal = [&](const std::string& path, OpenOptions options = {}) {
    return error_of([&] { count_users(path, options); });
  };
  const auto check = [](const Error& error, Code code, const char* id) {
    CHECK(error.code() == code);
    CHECK(error.id() == id);
  };

  check(refusal(scratch / "none.db"), Code::kUnavailable, "db.missing");
  CHECK(refusal(scratch / "none.db").hint() == "tokctl init");
  check(refusal(scratch / "none.db", {.create = true, .read_only = true}), Code::kUnavailable,
        "db.missing");
  CHECK(scratch.empty());
  check(refusal(scratch / "no/none.db", {.create = true}), Code::kUnavailable, "db.create");
  check(refusal(scratch.path()), Code::kUnavailable, "db.not_a_file");
  REQUIRE(mkfifo((scratch / "fifo").c_str(), 0600) == 0);
  check(refusal(scratch / "fifo"), Code::kUnavailable, "db.not_a_file");
  check(refusal("/dev/null"), Code::kUnavailable, "db.not_a_file");
  const std::string text = scratch.file("text", std::string(5000, 'x'));
  check(refusal(text), Code::kIntegrity, "db.foreign");
  check(refusal(text + "/inside"), Code::kUnavailable, "db.missing");
  check(refusal(""), Code::kUsage, "db.url");
  check(refusal(std::string("a\0b", 3)), Code::kUsage, "db.url");
  CHECK_FALSE(has_control(refusal(scratch / "new\nline\x1b[0m").message()));
}

TEST_CASE("sqlite: a name means a file, whatever it looks like") {
  const Scratch scratch;
  CHECK(in_child([&] {
    std::filesystem::current_path(scratch.path());
    for (const char* name :
         {"file:other.db?mode=memory", ":memory", "-", "a?b#c%41", "\u00fc \u6f22"}) {
      create(name);
      if (!std::filesystem::exists(name) || count_users(name) != 1) return false;
      add_user(name, 2);
    }
    create("./:memory:");
    return std::filesystem::exists(":memory:");
  }));
}

TEST_CASE("sqlite: a database behind a symbolic link") {
  const Scratch scratch, elsewhere;
  create(elsewhere / "real.db");
  const std::string link = scratch / "link.db";
  std::filesystem::create_symlink(elsewhere / "real.db", link);
  add_user(link, 2);
  CHECK(count_users(elsewhere / "real.db") == 2);
}

TEST_CASE("sqlite: a damaged file is damage, never a crash") {
  const Scratch scratch;
  const std::string path = scratch / "test.db";
  create(path);
  const std::string whole = content_of(path);
  for (const std::size_t page : {0U, 1U, 2U, 3U, 8U}) {
    std::string damaged = whole;
    // The header's magic and page size stay, so that it still looks like a database.
    const std::size_t begin = page == 0 ? 100 : 4096 * page;
    for (std::size_t at = begin; at < 4096 * (page + 1); ++at) damaged[at] = '\xa5';
    scratch.file("test.db", damaged);
    try {
      Pool pool("sqlite:" + path, {}, nullptr);
      const auto db = pool.borrow();
      CHECK_FALSE(db->connection().check().empty());
      for (const auto& row : users::list(*db, {}, nullptr)) CHECK(row.user.email.size() < 200);
    } catch (const Error& error) {
      CHECK(error.code() == Code::kIntegrity);
    }
  }
  scratch.file("test.db", whole.substr(0, whole.size() / 2));
  CHECK(error_of([&] {
          Pool pool("sqlite:" + path, {}, nullptr);
          const auto db = pool.borrow();
          if (!db->connection().check().empty()) throw Error(Code::kIntegrity, "found", "found");
        }).code() == Code::kIntegrity);
}

TEST_CASE("sqlite: a row without its owner is found by the check") {
  const Scratch scratch;
  const std::string path = scratch / "test.db";
  create(path);
  test::RawSqlite(path).run(
      "INSERT INTO sessions VALUES ('s', 'nobody', 'web', 'v1', 'k', '', 1, NULL, NULL, NULL)");
  Pool pool("sqlite:" + path, {}, nullptr);
  CHECK_FALSE(pool.borrow()->connection().check().empty());
}

TEST_CASE("sqlite: what may only be read is read, and a write says so") {
  const Scratch scratch;
  const std::string folder = scratch / "folder";
  std::filesystem::create_directory(folder);
  const std::string path = folder + "/test.db";
  create(path);
  const auto [file_mode, folder_mode] =
      GENERATE(table<mode_t, mode_t>({{0400, 0700}, {0600, 0500}, {0400, 0500}}));
  const auto set_modes = [&] {
    return chmod(path.c_str(), file_mode) == 0 && chmod(folder.c_str(), folder_mode) == 0;
  };
  CAPTURE(file_mode, folder_mode);
  CHECK(as_nobody(scratch, [&] { return set_modes() && count_users(path) == 1; }));
  CHECK(as_nobody(scratch, [&] { return count_users(path, {.read_only = true}) == 1; }));
  CHECK(as_nobody(scratch, [&] {
    const Error error = error_of([&] { add_user(path, 2); });
    return error.code() == Code::kUnavailable && error.id() == "db.read_only";
  }));
  CHECK(as_nobody(scratch, [&] { return count_users(path) == 1; }));
  REQUIRE(chmod(folder.c_str(), 0700) == 0);
}

TEST_CASE("sqlite: who may only read sees what another process has just written") {
  const Scratch scratch;
  const std::string path = scratch / "test.db";
  create(path);
  Pool pool("sqlite:" + path, {}, nullptr);
  const auto writer = pool.borrow();
  users::insert(*writer, user_row(2));
  // Whose files they are matters to root alone: nobody else may write them either.
  for (const char* end : {"", "-wal", "-shm"}) REQUIRE(chmod((path + end).c_str(), 0444) == 0);
  REQUIRE(chmod(scratch.path().c_str(), 0555) == 0);
  const auto sees = [&](std::int64_t count) {
    return in_child([&] {
      return (geteuid() != 0 || setuid(65534) == 0) && access(path.c_str(), W_OK) != 0 &&
             count_users(path) == count;
    });
  };
  CHECK(sees(2));
  users::insert(*writer, user_row(3));
  CHECK(sees(3));
  REQUIRE(chmod(scratch.path().c_str(), 0755) == 0);
}

TEST_CASE("sqlite: who may not read is told so") {
  const Scratch scratch;
  const std::string path = scratch / "test.db";
  create(path);
  CHECK(as_nobody(scratch, [&] {
    if (chmod(path.c_str(), 0) != 0) return false;
    const Error error = error_of([&] { count_users(path); });
    return error.code() == Code::kUnavailable && error.id() == "db.denied";
  }));
  CHECK(as_nobody(scratch, [&] {
    if (chmod(scratch.path().c_str(), 0) != 0) return false;
    const bool denied = error_of([&] { count_users(path); }).id() == "db.denied";
    return chmod(scratch.path().c_str(), 0700) == 0 && denied;
  }));
}

TEST_CASE("sqlite: a lock is waited for, but not for ever") {
  const Scratch scratch;
  const std::string path = scratch / "test.db";
  create(path);
  Pool holder("sqlite:" + path, {}, nullptr);
  const auto lease = holder.borrow();
  const Transaction held(*lease, Access::kWrite);

  using std::chrono::steady_clock;
  const auto started = steady_clock::now();
  Pool pool("sqlite:" + path, {.timeout = std::chrono::milliseconds(50)}, nullptr);
  const auto db = pool.borrow();
  const Error error = error_of([&] { const Transaction refused(*db, Access::kWrite); });
  CHECK(steady_clock::now() - started >= std::chrono::milliseconds(50));
  CHECK(error.code() == Code::kUnavailable);
  CHECK(error.id() == "db.busy");
  CHECK(users::count(*db) == 1);  // readers do not wait
}

TEST_CASE("sqlite: many writing processes all get their turn") {
  const Scratch scratch;
  const std::string path = scratch / "test.db";
  create(path);
  constexpr int kProcesses = 16, kEach = 200;
  CHECK(in_children(kProcesses, [&](int process) {
          Pool pool("sqlite:" + path, {}, nullptr);
          const auto db = pool.borrow();
          for (int n = 0; n < kEach; ++n) {
            Transaction change(*db, Access::kWrite);
            users::insert(*db, user_row(100 + process * kEach + n));
            change.commit();
          }
          return true;
        }) == kProcesses);
  CHECK(count_users(path) == 1 + kProcesses * kEach);
}

TEST_CASE("sqlite: a full disk undoes the whole transaction, and nothing of the rest is kept") {
  const Scratch scratch;
  const std::string path = scratch / "test.db";
  create(path);
  Pool pool("sqlite:" + path, {}, nullptr);
  const auto db = pool.borrow();
  db->first("PRAGMA max_page_count = 30", [](const Row& row) { return row.integer(0); });
  const auto fill = [&] {
    Transaction change(*db, Access::kWrite);
    for (int n = 2; n < 10'000; ++n) users::insert(*db, user_row(n));
    change.commit();
  };
  const Error error = error_of(fill);
  CHECK(error.code() == Code::kUnavailable);
  CHECK(error.id() == "db.full");
  CHECK(users::count(*db) == 1);

  // One that goes on as if nothing had happened does not commit its second half.
  CHECK_THROWS_AS(
      [&] {
        Transaction change(*db, Access::kWrite);
        for (int n = 2; n < 10'000; ++n) {
          try {
            Savepoint part(*db);
            users::insert(*db, user_row(n));
            part.keep();
          } catch (const DbError& refused) {
            if (refused.trouble() != Trouble::kFull) throw;
            users::insert(*db, user_row(20'000));
          }
        }
        change.commit();
      }(),
      DbError);
  CHECK(users::count(*db) == 1);
}

TEST_CASE("sqlite: the change counter moves when another connection commits") {
  const Scratch scratch;
  const std::string path = scratch / "test.db";
  create(path);
  Pool pool("sqlite:" + path, {}, nullptr);
  const auto watcher = pool.borrow(), writer = pool.borrow();
  const auto counter = [&] { return watcher->connection().change_counter(); };
  const auto before = counter();
  CHECK(counter() == before);
  users::insert(*writer, user_row(2));
  const auto after = counter();
  CHECK(after != before);
  CHECK(counter() == after);
  {
    Transaction undone(*writer, Access::kWrite);
    users::insert(*writer, user_row(3));
  }
  CHECK(counter() == after);
}

TEST_CASE("sqlite: messages carry no value") {
  const Scratch scratch;
  const std::string path = scratch / "test.db";
  create(path);
  Pool pool("sqlite:" + path, {}, nullptr);
  const auto db = pool.borrow();
  users::UserRow row = user_row(1);
  CHECK(error_of([&] { users::insert(*db, row); }).message().find("user") == std::string::npos);
  const Error unknown = error_of([&] { db->run("SELECT secret FROM nowhere"); });
  CHECK(unknown.code() == Code::kIntegrity);
  CHECK(unknown.id() == "db.schema");
  CHECK(unknown.message().find("nowhere") == std::string::npos);
}

TEST_CASE("sqlite: a URL's path") {
  CHECK(sqlite_path("sqlite:/a/b.db") == "/a/b.db");
  CHECK(sqlite_path("sqlite:b.db") == "b.db");
  CHECK_FALSE(sqlite_path("sqlite::memory:"));
  CHECK_FALSE(sqlite_path("postgres://host/db"));
}

}  // namespace
}  // namespace tokctl::db
