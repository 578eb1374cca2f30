#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "db/connection.h"
#include "db/postgres/link.h"

namespace tokctl::db::postgres {

class PostgresConnection final : public Connection {
 public:
  PostgresConnection(Target target, const OpenOptions& options);

  std::unique_ptr<Statement> prepare(std::string_view sql, Locking locking) override;
  void define(std::string_view ddl) override;
  void begin(Access access) override;
  void commit() override;
  void rollback() noexcept override;
  void savepoint() override;
  void release_savepoint() override;
  void rollback_to_savepoint() noexcept override;
  bool has_table(std::string_view name) override;
  std::string describe_schema() override;
  std::string check() override;
  std::int64_t change_counter() override { return 0; }
  bool usable() const noexcept override { return !broken_ && link_.alive(); }

 private:
  void begin_schema();

  Link link_;
  bool broken_ = false;
  int statements_ = 0;
};

}  // namespace tokctl::db::postgres
