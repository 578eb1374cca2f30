#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <filesystem>

#include "unit/auth/fixture.h"

using namespace tokctl;
using namespace tokctl::test;

namespace {

unsigned mode_of(const std::string& path) {
  struct stat info{};
  return stat(path.c_str(), &info) == 0 ? info.st_mode & 0777U : 0;
}

}  // namespace

TEST_CASE_METHOD(Fixture, "opening: database and key are private, and told of once") {
  CHECK(mode_of(file()) == 0600);
  CHECK(mode_of(config().key_file) == 0600);
  TempFolder fresh;
  Config first;
  first.db = "sqlite:" + (fresh / "deep/er/tokctl.db");
  first.key_file = fresh / "keys/tokctl.key";
  std::vector<std::string> told;
  first.notice = [&](std::string_view text) { told.emplace_back(text); };
  open(first, clock, random);
  CHECK(told.size() == 2);
  CHECK(mode_of(fresh / "deep") == 0700);
  CHECK(mode_of(fresh / "keys") == 0700);
  open(first, clock, random);
  CHECK(told.size() == 2);
}

TEST_CASE_METHOD(Fixture, "opening: without its key a database stays shut, and no key is made") {
  std::filesystem::remove(config().key_file);
  CHECK(error_of([&] { reopen(); }) == "key.missing");
  CHECK_FALSE(std::filesystem::exists(config().key_file));

  // Another database's key is not its key either.
  TempFolder elsewhere;
  Config other = config();
  other.db = "sqlite:" + (elsewhere / "other.db");
  open(other, clock, random);
  CHECK(std::filesystem::exists(config().key_file));
  CHECK(error_of([&] { reopen(); }) == "key.foreign");
}

TEST_CASE_METHOD(Fixture, "opening: a key file that others can reach is refused") {
  const std::string key_file = config().key_file;
  for (const mode_t mode : {0640U, 0604U, 0660U, 0620U}) {
    chmod(key_file.c_str(), mode);
    CHECK(error_of([&] { reopen(); }).starts_with("file."));
  }
  chmod(key_file.c_str(), 0600);
  reopen();
  std::filesystem::rename(key_file, key_file + ".real");
  std::filesystem::create_symlink(key_file + ".real", key_file);
  CHECK(error_of([&] { reopen(); }).starts_with("file."));
}

TEST_CASE_METHOD(Fixture, "opening: a newer database is refused and left as it is") {
  raw().run("UPDATE schema_version SET version = 1000");
  t.reset();
  CHECK(error_of([&] { reopen(); }) == "db.newer");
  CHECK(raw().one("SELECT version FROM schema_version") == "1000");
}

TEST_CASE_METHOD(Fixture, "opening: a dry run on nothing makes nothing") {
  TempFolder nowhere;
  Config dry;
  dry.db = "sqlite:" + (nowhere / "sub/tokctl.db");
  dry.key_file = nowhere / "sub/tokctl.key";
  dry.dry_run = true;
  auto rehearsal = open(dry, clock, random);
  rehearsal.users().create({.email = "a@example.com", .full_name = "A", .password = {}});
  CHECK(std::filesystem::is_empty(nowhere.path()));
}

TEST_CASE_METHOD(Fixture, "root keys: a dry run adds none") {
  Config dry = config();
  dry.dry_run = true;
  const auto rehearsed = auth::initialize(dry, true);
  CHECK(rehearsed.added_root_key);
  reopen();
  CHECK(t->database().root_keys().size() == 1);
  CHECK(error_of([&] { t->database().add_root_key(rehearsed.root_key); }) == "key.missing");
}

TEST_CASE_METHOD(Fixture, "root keys: a new one is added, activated, and the old one retired") {
  const User made = user_with_password("a@example.com", "correct horse");
  const auto old_token = issue(made);
  const std::string old_key = t->database().status().active_root_key;
  const auto added = auth::initialize(config(), true);
  CHECK(added.added_root_key);
  CHECK_FALSE(added.created_database);
  reopen();
  CHECK(t->database().status().active_root_key == old_key);
  CHECK(t->database().activate_root_key(added.root_key));
  CHECK_FALSE(t->database().activate_root_key(added.root_key));
  CHECK(accepts(old_token.token));
  const auto new_token = issue(made);
  CHECK(new_token.session.root_key_id == added.root_key);
  CHECK(accepts(new_token.token));
  CHECK(error_of([&] { t->database().retire_root_key(added.root_key); }) == "key.active");
  CHECK(error_of([&] { t->database().retire_root_key("0123456789abcdef"); }) == "key.not_found");
  CHECK(error_of([&] { t->database().retire_root_key(old_key); }) == "key.in_use");

  const auto kept = t->tokens().issue_web(by_id(made), {.expires_at = {}});
  t->users().set_password(by_id(made), secret("another one"));  // sealed under the new key
  CHECK(t->database().retire_root_key(old_key));
  CHECK_FALSE(t->database().retire_root_key(old_key));
  CHECK_FALSE(accepts(old_token.token));
  t->audit().verify();
  CHECK(t->database().check().empty());
}

TEST_CASE_METHOD(Fixture, "database: check finds a sealed value that was tampered with or moved") {
  user_with_password("a@example.com", "correct horse");
  user_with_password("b@example.com", "correct horse");
  CHECK(t->database().check().empty());
  const std::string change = GENERATE(
      "UPDATE users SET password_hash = (SELECT password_hash FROM users u WHERE u.email = "
      "'b@example.com')",
      "UPDATE users SET password_hash = 'AAAA' WHERE email = 'a@example.com'",
      "DELETE FROM events WHERE seq = 2");
  raw().run(change);
  CHECK(t->database().check().size() == 1);
}

TEST_CASE_METHOD(Fixture, "gc: what ended long ago goes, what lives stays") {
  const User made = user();
  const auto dead = issue(made, Seconds(60));
  const auto revoked = issue(made, std::chrono::hours(24 * 365));
  const auto alive = issue(made, std::chrono::hours(24 * 365));
  t->sessions().revoke(revoked.session.session_id);
  clock.advance(std::chrono::hours(24));
  CHECK(t->database().collect({}).total() == 0);
  CHECK(t->database().collect(std::chrono::hours(1)).sessions == 2);
  CHECK_FALSE(t->sessions().find(dead.session.session_id));
  CHECK_FALSE(t->sessions().find(revoked.session.session_id));
  CHECK(accepts(alive.token));
  t->audit().verify();
}
