// A real database whose connections fail when they are told to.
#pragma once

#include <functional>
#include <memory>
#include <string_view>
#include <utility>

#include "db/connection.h"

namespace tokctl::testing {

// Passes everything on to another driver. `fault` is called before each thing done, and after a
// commit; what it throws is what goes wrong there. A kGone breaks the connection.
class FaultyDriver final : public db::Driver {
 public:
  enum class At { kOpen, kBegin, kDefine, kExecute, kCommit, kCommitted };
  using Fault = std::function<void(At)>;

  explicit FaultyDriver(const db::Driver& driver, bool server = true)
      : driver_(driver), server_(server) {}

  std::string_view name() const override { return driver_.name(); }
  bool accepts(std::string_view url) const override { return driver_.accepts(url); }
  bool is_server() const override { return server_; }
  std::unique_ptr<db::Connection> open(std::string_view url,
                                       const db::OpenOptions& options) const override {
    if (fault) fault(At::kOpen);
    return std::make_unique<FaultyConnection>(driver_.open(url, options), fault);
  }

  Fault fault;

 private:
  class FaultyConnection;

  class FaultyStatement final : public db::Statement {
   public:
    FaultyStatement(FaultyConnection& connection, std::unique_ptr<db::Statement> statement)
        : connection_(connection), statement_(std::move(statement)) {}
    void execute(std::span<const db::Value> values) override {
      connection_.meet(At::kExecute);
      statement_->execute(values);
    }
    bool step() override { return statement_->step(); }
    bool is_null(int column) const override { return statement_->is_null(column); }
    std::int64_t integer(int column) const override { return statement_->integer(column); }
    std::string_view text(int column) const override { return statement_->text(column); }
    std::int64_t affected() const override { return statement_->affected(); }
    void reset() noexcept override { statement_->reset(); }

   private:
    FaultyConnection& connection_;
    std::unique_ptr<db::Statement> statement_;
  };

  class FaultyConnection final : public db::Connection {
   public:
    FaultyConnection(std::unique_ptr<db::Connection> connection, const Fault& fault)
        : connection_(std::move(connection)), fault_(fault) {}

    void meet(At at) {
      if (!fault_) return;
      try {
        fault_(at);
      } catch (const db::DbError& error) {
        if (error.trouble() == db::Trouble::kGone) broken_ = true;
        throw;
      }
    }

    std::unique_ptr<db::Statement> prepare(std::string_view sql, db::Locking locking) override {
      return std::make_unique<FaultyStatement>(*this, connection_->prepare(sql, locking));
    }
    void define(std::string_view ddl) override {
      meet(At::kDefine);
      connection_->define(ddl);
    }
    void begin(db::Access access) override {
      meet(At::kBegin);
      connection_->begin(access);
    }
    void commit() override {
      meet(At::kCommit);
      connection_->commit();
      meet(At::kCommitted);
    }
    void rollback() noexcept override { connection_->rollback(); }
    void savepoint() override { connection_->savepoint(); }
    void release_savepoint() override { connection_->release_savepoint(); }
    void rollback_to_savepoint() noexcept override { connection_->rollback_to_savepoint(); }
    bool has_table(std::string_view name) override { return connection_->has_table(name); }
    std::string describe_schema() override { return connection_->describe_schema(); }
    std::string check() override { return connection_->check(); }
    std::int64_t change_counter() override { return connection_->change_counter(); }
    bool usable() const noexcept override { return !broken_ && connection_->usable(); }

   private:
    const std::unique_ptr<db::Connection> connection_;
    const Fault& fault_;
    bool broken_ = false;
  };

  const db::Driver& driver_;
  const bool server_;
};

[[noreturn]] inline void gone() {
  throw db::DbError(db::Trouble::kGone, "db.gone", "the database went away");
}
[[noreturn]] inline void busy() {
  throw db::DbError(db::Trouble::kBusy, "db.busy", "two transactions collided");
}

}  // namespace tokctl::testing
