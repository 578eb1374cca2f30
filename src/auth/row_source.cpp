#include "auth/row_source.h"

#include <numeric>

#include "auth/opening.h"
#include "base/error.h"
#include "db/event.h"
#include "db/migrate.h"
#include "db/root_key.h"

namespace tokctl::auth {
namespace {

constexpr std::size_t kBatch = 1000;

std::unique_ptr<db::Pool> open_pool(const Config& config) {
  Config careful = config;
  careful.create = careful.upgrade = false;
  auto pool = make_pool(careful);
  const auto db = pool->borrow();
  judge_schema(db::schema_version(*db), db::kSchemaVersion, {.server = pool->driver().is_server()});
  return pool;
}

}  // namespace

std::int64_t SourceFacts::total() const {
  return std::accumulate(rows.begin(), rows.end(), std::int64_t{0});
}

DatabaseRows::DatabaseRows(const Config& config)
    : pool_(open_pool(config)), lease_(pool_->borrow()), snapshot_(*lease_, db::Access::kRead) {
  const auto active = db::root_keys::active(*lease_);
  if (!active) throw Error(Code::kIntegrity, "db.empty", "the database is empty", "tokctl init");
  const auto head = db::events::head(*lease_, db::Locking::kNone);
  facts_ = {.root_key = *active, .head = {.seq = head.seq, .mac = head.mac}, .rows = {}};
  for (const db::Table& table : db::tables()) {
    facts_.rows.push_back(tables_.emplace_back(*lease_, table).count());
  }
}

void DatabaseRows::each(const Use& use) {
  for (std::size_t table = 0; table < tables_.size(); ++table) {
    std::optional<db::Cell> last;
    for (;;) {
      const auto rows = read(table, last, kBatch);
      for (const db::Cells& row : rows) use(table, row);
      if (rows.size() < kBatch) break;
      last = rows.back().front();
    }
  }
}

std::vector<db::Cells> DatabaseRows::read(std::size_t table, const std::optional<db::Cell>& after,
                                          std::size_t limit) {
  return tables_[table].read(after, limit);
}

}  // namespace tokctl::auth
