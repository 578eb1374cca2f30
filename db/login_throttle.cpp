#include "db/login_throttle.h"

#include <vector>

#include "db/retry.h"

namespace tokctl::db::login_throttle {

std::optional<Entry> find(Handle& db, std::string_view email_digest, Locking lock) {
  constexpr Sql kFind =
      "SELECT failures, last_failure_at, day_failures FROM login_throttle WHERE email_digest = ?";
  return db.first(
      kFind.with(lock),
      [](const Row& row) {
        return Entry{.failures = row.integer(0),
                     .last_failure_at = row.time(1),
                     .day_failures = row.integer(2)};
      },
      email_digest);
}

void insert(Handle& db, std::string_view email_digest, const Entry& entry) {
  insert_unless_overtaken([&] {
    db.run(
        "INSERT INTO login_throttle (email_digest, failures, last_failure_at, day_failures)"
        " VALUES (?, ?, ?, ?)",
        email_digest, entry.failures, entry.last_failure_at, entry.day_failures);
  });
}

void update(Handle& db, std::string_view email_digest, const Entry& entry) {
  db.run(
      "UPDATE login_throttle SET failures = ?, last_failure_at = ?, day_failures = ?"
      " WHERE email_digest = ?",
      entry.failures, entry.last_failure_at, entry.day_failures, email_digest);
}

bool remove(Handle& db, std::string_view email_digest) {
  return db.run("DELETE FROM login_throttle WHERE email_digest = ?", email_digest) > 0;
}

std::int64_t prune(Handle& db, Time before, std::size_t limit) {
  std::vector<std::string> digests;
  db.each(
      "SELECT email_digest FROM login_throttle WHERE last_failure_at < ?"
      " ORDER BY last_failure_at LIMIT ?",
      [&](const Row& row) { digests.push_back(row.string(0)); }, before, limit);
  std::int64_t deleted = 0;
  for (const std::string& digest : digests) {
    // A failure that came in between keeps the entry.
    deleted += db.run("DELETE FROM login_throttle WHERE email_digest = ? AND last_failure_at < ?",
                      digest, before);
  }
  return deleted;
}

}  // namespace tokctl::db::login_throttle
