#include "db/event.h"

#include "db/range.h"
#include "db/retry.h"

namespace tokctl::db::events {
namespace {

constexpr Part kColumns =
    "seq, occurred_at, type, actor, public_id, subject, detail, root_key_id, mac";

Event event_row(const Row& row) {
  return {.seq = row.integer(0),
          .at = row.time(1),
          .type = row.string(2),
          .actor = row.string(3),
          .public_id = row.string(4),
          .subject = row.string(5),
          .detail = row.string(6),
          .root_key_id = row.string(7),
          .mac = row.string(8)};
}

// The empty type stands for any.
constexpr Part kMatching = " AND (type = ? OR ? = '') AND occurred_at >= ? AND occurred_at < ?";

constexpr Sql kAfter = Sql::of<"SELECT ", kColumns, " FROM events WHERE seq > ?", kMatching,
                               " ORDER BY seq LIMIT ?">();
constexpr Sql kBefore = Sql::of<"SELECT ", kColumns, " FROM events WHERE seq < ?", kMatching,
                                " ORDER BY seq DESC LIMIT ?">();
constexpr Sql kOfUserAfter =
    Sql::of<"SELECT ", kColumns, " FROM events WHERE public_id = ? AND seq > ?", kMatching,
            " ORDER BY seq LIMIT ?">();
constexpr Sql kOfUserBefore =
    Sql::of<"SELECT ", kColumns, " FROM events WHERE public_id = ? AND seq < ?", kMatching,
            " ORDER BY seq DESC LIMIT ?">();

[[noreturn]] void fail_headless() {
  throw Error(Code::kIntegrity, "db.damaged", "the row that ends the audit log is missing",
              "restore the database from a backup");
}

}  // namespace

Head head(Handle& db, Locking lock) {
  constexpr Sql kFind =
      "SELECT seq, mac, anchor_seq, anchor_mac, anchor_key_id, anchor_proof"
      " FROM event_head WHERE id = 1";
  auto found = db.first(kFind.with(lock), [](const Row& row) {
    return Head{.seq = row.integer(0),
                .mac = row.string(1),
                .anchor_seq = row.integer(2),
                .anchor_mac = row.string(3),
                .anchor_key_id = row.string(4),
                .anchor_proof = row.string(5)};
  });
  if (!found) {
    // Who waited for the row while everything was replaced does not see the one in its place.
    if (lock == Locking::kRows && db.first(kFind, [](const Row&) { return true; }))
      throw_overtaken();
    fail_headless();
  }
  return *std::move(found);
}

void set_head(Handle& db, const Head& head) {
  const auto matched = db.run(
      "UPDATE event_head SET seq = ?, mac = ?, anchor_seq = ?, anchor_mac = ?, anchor_key_id = ?,"
      " anchor_proof = ? WHERE id = 1",
      head.seq, head.mac, head.anchor_seq, head.anchor_mac, head.anchor_key_id, head.anchor_proof);
  if (matched == 0) fail_headless();
}

void insert(Handle& db, const Event& event) {
  db.run(
      "INSERT INTO events (seq, occurred_at, type, actor, public_id, subject, detail, root_key_id,"
      " mac) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
      event.seq, event.at, event.type, event.actor, event.public_id, event.subject, event.detail,
      event.root_key_id, event.mac);
}

std::vector<Event> list(Handle& db, const Query& query, std::int64_t after) {
  std::vector<Event> page;
  const auto take = [&](const Row& row) { page.push_back(event_row(row)); };
  const std::int64_t since = query.since ? to_unix(*query.since) : kEarliest;
  const std::int64_t until = query.until ? to_unix(*query.until) : kLatest;
  const bool down = query.descending;
  if (down && after == 0) after = kLatest;

  if (query.public_id.empty()) {
    db.each(down ? kBefore : kAfter, take, after, query.type, query.type, since, until,
            query.limit);
  } else {
    db.each(down ? kOfUserBefore : kOfUserAfter, take, query.public_id, after, query.type,
            query.type, since, until, query.limit);
  }
  return page;
}

std::optional<Event> last_before(Handle& db, Time before, std::size_t limit) {
  std::int64_t last = 0;
  bool older = true;
  db.each(
      "SELECT seq, occurred_at FROM events WHERE seq > 0 ORDER BY seq LIMIT ?",
      [&](const Row& row) {
        older = older && row.time(1) < before;
        if (older) last = row.integer(0);
      },
      limit);
  if (last == 0) return std::nullopt;
  constexpr Sql kFind = Sql::of<"SELECT ", kColumns, " FROM events WHERE seq = ?">();
  return db.first(kFind, event_row, last);
}

std::int64_t prune(Handle& db, std::int64_t seq) {
  return db.run("DELETE FROM events WHERE seq <= ?", seq);
}

std::int64_t count_before(Handle& db, Time before) {
  const auto number = [](const Row& row) { return row.integer(0); };
  // Reads from the beginning only as far as the first event that stays.
  const auto staying =
      db.first("SELECT seq FROM events WHERE seq > 0 AND occurred_at >= ? ORDER BY seq LIMIT 1",
               number, before);
  return *db.first("SELECT count(*) FROM events WHERE seq < ?", number, staying.value_or(kLatest));
}

}  // namespace tokctl::db::events
