#include "auth/copy.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "auth/change.h"
#include "auth/destination.h"
#include "auth/opening.h"
#include "auth/read.h"
#include "auth/row_source.h"
#include "base/encoding.h"
#include "base/error.h"
#include "crypto/mac.h"
#include "db/event.h"
#include "db/migrate.h"

namespace tokctl::auth {
namespace {

constexpr std::size_t kBatch = 1000;

// A number for what is copied: nearly every change of a database moves the end of its log. What
// moves without it is found when both sides are compared.
std::int64_t mark_of(const SourceFacts& facts) {
  const auto digest = crypto::Sha256()
                          .add_lp("tokctl-copy-v1")
                          .add_lp(facts.root_key)
                          .add_lp(fmt::format_int(facts.head.seq).str())
                          .add_lp(facts.head.mac)
                          .finish();
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < 8; ++i) number = number << 8 | digest[i];
  return static_cast<std::int64_t>(number >> 1);
}

// The rows of a table in a form in which no two tables are alike that differ in anything.
class TableDigest {
 public:
  void add(const db::Cells& row) {
    for (const db::Cell& cell : row) {
      if (const auto* text = std::get_if<std::string>(&cell)) {
        hash_.add("t").add_lp(*text);
      } else if (const auto* number = std::get_if<std::int64_t>(&cell)) {
        hash_.add("i").add_lp(fmt::format_int(*number).str());
      } else {
        hash_.add("n");
      }
    }
    ++rows_;
  }
  std::int64_t rows() const { return rows_; }
  std::string finish() { return hex_encode(hash_.finish()); }

 private:
  crypto::Sha256 hash_;
  std::int64_t rows_ = 0;
};

[[noreturn]] void throw_rival() {
  throw Error(Code::kConflict, "copy.rival", "another copy writes into the destination",
              "wait for it to end");
}

class Copier {
  // Runs `work(db)` in a transaction of the destination. It is run again when nobody knows whether
  // it was committed, and therefore begins by looking.
  template <typename Work>
  auto doing(const Work& work) {
    for (db::Retry retry = to_.pool.retry();;) {
      try {
        const auto db = to_.pool.borrow();
        db::Transaction change(*db, db::Access::kWrite);
        auto result = work(*db);
        change.commit();
        return result;
      } catch (const db::DbError& error) {
        if (!retry.again_with_a_look(error)) throw;
      }
    }
  }

 public:
  Copier(DatabaseRows& source, Context& to, const CopyOptions& options)
      : source_(source), to_(to), options_(options), mark_(mark_of(source.facts())) {
    copied_.rows = source.facts().total();
  }

  // Throws what stands against the copy.
  void check() {
    read(to_, [&](db::Handle& db) { return may_resume(db, db::Locking::kNone); });
  }

  void take_possession() {
    copied_.resumed = doing([&](db::Handle& db) {
      if (may_resume(db, db::Locking::kRows)) return true;
      clear_all(db);
      db::set_copy_mark(db, mark_);
      return false;
    });
  }

  void copy() {
    for (std::size_t table = 0; table < db::tables().size(); ++table) copy(table);
  }

  void compare() {
    std::int64_t compared = 0;
    for (std::size_t table = 0; table < db::tables().size(); ++table) {
      const std::string& name = db::tables()[table].name;
      const auto [rows, sha256] =
          digest(compared, [&](const auto& after) { return source_.read(table, after, kBatch); });
      std::int64_t unseen = 0;
      const auto there = digest(unseen, [&](const auto& after) {
        return read(to_, [&](db::Handle& db) {
          return db::TableAccess(db, db::tables()[table]).read(after, kBatch);
        });
      });
      if (there != std::pair(rows, sha256)) {
        throw Error(Code::kIntegrity, "copy.differs",
                    fmt::format("the table {} of the copy differs from that of the source", name),
                    "begin anew with --replace");
      }
      copied_.tables.push_back({.name = name, .rows = rows, .sha256 = sha256});
    }
  }

  // With its event the destination is a database like any other.
  Copied finish() {
    write(to_, [&](Change& change) {
      if (db::copy_mark(change.db(), db::Locking::kRows) != mark_) throw_rival();
      db::clear_copy_mark(change.db());
      change.record("database.copied", {}, {},
                    {{"rows", copied_.rows}, {"events", source_.facts().head.seq}});
      return true;
    });
    return std::move(copied_);
  }

 private:
  // Whether the destination holds the beginning of this copy; else it may be taken.
  bool may_resume(db::Handle& db, db::Locking lock) const {
    const auto mark = db::copy_mark(db, lock);
    if (mark == mark_) return true;
    if (!mark) {
      const auto head = db::events::head(db, db::Locking::kNone);
      if (head.seq == source_.facts().head.seq && head.mac == source_.facts().head.mac) {
        throw Error(Code::kConflict, "copy.same",
                    "the destination is the source, or holds the same already");
      }
    }
    if (options_.replace) return false;
    if (!mark && holds_data(db, lock)) throw_not_empty();
    if (mark) {
      throw Error(Code::kConflict, "copy.other",
                  "the destination holds part of a copy of something else, or of the source before "
                  "it changed",
                  "begin anew with --replace");
    }
    return false;
  }

  void copy(std::size_t index) {
    const db::Table& table = db::tables()[index];
    std::optional<db::Cell> last =
        read(to_, [&](db::Handle& db) { return db::TableAccess(db, table).last_key(); });
    // What is there already was written by a copy of the same.
    std::int64_t done =
        last ? read(to_, [&](db::Handle& db) { return db::TableAccess(db, table).count(); }) : 0;
    done_ += done;
    for (;;) {
      const auto rows = source_.read(index, last, kBatch);
      if (!rows.empty()) write_batch(table, last, rows);
      done_ += static_cast<std::int64_t>(rows.size());
      copied_.copied += static_cast<std::int64_t>(rows.size());
      if (options_.progress) options_.progress(done_, copied_.rows);
      if (rows.size() < kBatch) return;
      last = rows.back().front();
    }
  }

  void write_batch(const db::Table& table, const std::optional<db::Cell>& after,
                   const std::vector<db::Cells>& rows) {
    doing([&](db::Handle& db) {
      if (db::copy_mark(db, db::Locking::kRows) != mark_) throw_rival();
      db::TableAccess access(db, table);
      const auto last = access.last_key();
      if (last == rows.back().front()) return false;  // committed, though nobody heard of it
      if (last != after) throw_rival();
      for (const db::Cells& row : rows) access.insert(row);
      return true;
    });
  }

  // Of what `page(after)` gives, page by page.
  template <typename Page>
  std::pair<std::int64_t, std::string> digest(std::int64_t& done, const Page& page) const {
    TableDigest digest;
    std::optional<db::Cell> last;
    for (;;) {
      const std::vector<db::Cells> rows = page(last);
      for (const db::Cells& row : rows) digest.add(row);
      done += static_cast<std::int64_t>(rows.size());
      if (options_.progress) options_.progress(std::min(done, copied_.rows), copied_.rows);
      if (rows.size() < kBatch) return {digest.rows(), digest.finish()};
      last = rows.back().front();
    }
  }

  DatabaseRows& source_;
  Context& to_;
  const CopyOptions& options_;
  const std::int64_t mark_;
  std::int64_t done_ = 0;
  Copied copied_;
};

Copied only_count(const SourceFacts& facts) {
  Copied counted{.tables = {}, .rows = facts.total()};
  for (std::size_t table = 0; table < facts.rows.size(); ++table) {
    counted.tables.push_back(
        {.name = db::tables()[table].name, .rows = facts.rows[table], .sha256 = {}});
  }
  return counted;
}

}  // namespace

Copied copy_database(const Config& from, const Config& to, const CopyOptions& options) {
  SystemClock clock;
  SystemRandom random;
  DatabaseRows source(from);
  const auto context = open_destination(to, source.facts().root_key, clock, random);
  Copier copier(source, *context, options);
  if (to.dry_run) {
    copier.check();
    return only_count(source.facts());
  }
  copier.take_possession();
  copier.copy();
  copier.compare();
  return copier.finish();
}

}  // namespace tokctl::auth
