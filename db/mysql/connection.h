// One connection to a MySQL or MariaDB server.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "db/connection.h"
#include "db/mysql/session.h"
#include "db/mysql/target.h"

namespace tokctl::db::mysql {

class MysqlConnection final : public Connection {
 public:
  MysqlConnection(Target target, const OpenOptions& options);

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
  bool usable() const noexcept override;

  // Throws what an error of this number means, having noted what it does to the connection and its
  // transaction.
  [[noreturn]] void fail(unsigned number);
  // After some failures the transaction is gone, or half of it. What follows would be committed by
  // itself, so it is refused.
  void require_transaction_kept() const;

 private:
  unsigned run(std::string_view sql) noexcept;
  void require(std::string_view sql);
  void begin_schema();
  unsigned end_schema() noexcept;

  const Target target_;
  const std::chrono::milliseconds timeout_;
  const Session session_;
  std::optional<Access> transaction_;  // as far as begin, commit and rollback know
  bool lost_ = false;                  // the transaction is
  bool broken_ = false;
  mutable std::chrono::steady_clock::time_point looked_;  // whether the server had hung up
};

}  // namespace tokctl::db::mysql
