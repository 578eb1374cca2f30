// An open tokctl on a SQLite file of its own, with a clock set by hand.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "support/manual_clock.h"
#include "support/raw_sqlite.h"
#include "support/temp_folder.h"
#include "tokctl.h"

namespace tokctl::test {

inline SecretString secret(std::string_view text) { return SecretString(text); }

struct Fixture {
  Fixture() { reopen(); }

  void reopen() {
    t.reset();
    t = std::make_unique<Tokctl>(open(config(), clock, random));
  }
  Config config() const {
    Config config;
    config.db = "sqlite:" + file();
    config.key_file = folder / "tokctl.key";
    config.actor = "test";
    config.pool_size = connections;
    return config;
  }
  std::string file() const { return folder / "tokctl.db"; }
  RawSqlite raw() const { return RawSqlite(file()); }

  // Without a password: hashing one takes a while, and few tests need it.
  User user(const std::string& email = "bill@example.com") {
    return t->users().create({.email = email, .full_name = "Bill Kennedy", .password = {}});
  }
  User user_with_password(const std::string& email, std::string_view password) {
    return t->users().create({.email = email, .full_name = "Bill", .password = secret(password)});
  }
  auth::IssuedWeb issue(const User& owner, Seconds ttl = std::chrono::hours(24)) {
    return t->tokens().issue_web({.email = {}, .public_id = owner.public_id},
                                 {.expires_at = clock.now() + ttl, .source = {}});
  }
  Verdict judge(const SecretString& token) { return t->tokens().validate(token.reveal()); }
  bool accepts(const SecretString& token) { return valid(judge(token)) != nullptr; }

  // The id of the error that `work` throws; "nothing" when it throws none.
  template <typename Work>
  static std::string error_of(const Work& work) {
    try {
      work();
    } catch (const Error& error) {
      return error.id();
    }
    return "nothing";
  }

  TempFolder folder;
  ManualClock clock;
  SystemRandom random;
  std::size_t connections = Config().pool_size;
  std::unique_ptr<Tokctl> t;
};

inline UserRef by_email(const std::string& email) { return {.email = email, .public_id = {}}; }
inline UserRef by_id(const User& user) { return {.email = {}, .public_id = user.public_id}; }

}  // namespace tokctl::test
