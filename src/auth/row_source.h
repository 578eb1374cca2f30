// Everything that a database holds at one moment, whether it comes from a database or from a dump.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "auth/audit.h"
#include "base/config.h"
#include "db/pool.h"
#include "db/table.h"

namespace tokctl::auth {

struct SourceFacts {
  std::string root_key;            // the id of the active one, which all else depends on
  ChainPoint head;                 // the end of the audit log
  std::vector<std::int64_t> rows;  // of each of db::tables()
  std::int64_t total() const;
};

class RowSource {
 public:
  virtual ~RowSource() = default;
  virtual const SourceFacts& facts() const = 0;
  // Calls `use` for every row: table by table in the order of db::tables(), and in each in the
  // order of keys. What it throws stops the reading. When it returns, all of it was sound.
  using Use = std::function<void(std::size_t table, const db::Cells& row)>;
  virtual void each(const Use& use) = 0;
};

// A database, seen as it was when this was made.
class DatabaseRows final : public RowSource {
 public:
  // Changes nothing, and needs no root key. Throws Error(kIntegrity) unless it has today's schema
  // and a root key ("db.empty").
  explicit DatabaseRows(const Config& config);

  const SourceFacts& facts() const override { return facts_; }
  void each(const Use& use) override;

  // As each, of one table and beyond a key.
  std::vector<db::Cells> read(std::size_t table, const std::optional<db::Cell>& after,
                              std::size_t limit);

 private:
  const std::unique_ptr<db::Pool> pool_;
  const db::Pool::Lease lease_;
  const db::Transaction snapshot_;
  std::vector<db::TableAccess> tables_;
  SourceFacts facts_;
};

}  // namespace tokctl::auth
