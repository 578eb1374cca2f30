// One connection as the code of `db` and `auth` uses it: statements prepared once, values bound by
// type, transactions that cannot be left open.
#pragma once

#include <array>
#include <chrono>
#include <concepts>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <unordered_map>
#include <utility>

#include "base/clock.h"
#include "db/connection.h"
#include "db/sql.h"

namespace tokctl::db {

// Values as statements take them. Times are Unix seconds; an absent optional is NULL.
inline Value to_value(std::nullptr_t) { return nullptr; }
inline Value to_value(std::string_view text) { return text; }
inline Value to_value(const std::string& text) { return std::string_view(text); }
inline Value to_value(const char* text) { return std::string_view(text); }
inline Value to_value(Time time) { return to_unix(time); }
template <std::integral T>
Value to_value(T number) {
  return static_cast<std::int64_t>(number);
}
template <typename T>
Value to_value(const std::optional<T>& value) {
  return value ? to_value(*value) : Value(nullptr);
}

// The current row of a running statement.
class Row {
 public:
  explicit Row(const Statement& statement) : statement_(statement) {}
  bool is_null(int column) const { return statement_.is_null(column); }
  std::int64_t integer(int column) const { return statement_.integer(column); }
  std::string_view text(int column) const { return statement_.text(column); }
  std::string string(int column) const { return std::string(text(column)); }
  Time time(int column) const { return from_unix(integer(column)); }
  std::optional<Time> optional_time(int column) const {
    return is_null(column) ? std::nullopt : std::optional(time(column));
  }
  std::optional<std::string> optional_string(int column) const {
    return is_null(column) ? std::nullopt : std::optional(string(column));
  }

 private:
  const Statement& statement_;
};

class Handle {
 public:
  // `trace`, if set, is told the text of each statement run (never a value) and how long it took.
  // It must not throw.
  using Trace = std::function<void(std::string_view sql, std::chrono::nanoseconds took)>;
  Handle(std::unique_ptr<Connection> connection, Trace trace);

  // Runs a write; the number of rows it matched.
  template <typename... Values>
  std::int64_t run(const Sql& sql, const Values&... values) {
    const std::array<Value, sizeof...(Values)> bound{to_value(values)...};
    return run_bound(sql, bound);
  }

  // The first row, mapped by `map(const Row&)`, or nothing. The statement is reset before this
  // returns.
  template <typename Map, typename... Values>
  auto first(const Sql& sql, Map&& map, const Values&... values)
      -> std::optional<std::invoke_result_t<Map, const Row&>> {
    const std::array<Value, sizeof...(Values)> bound{to_value(values)...};
    const Run run(*this, sql, bound);
    if (!run.statement().step()) return std::nullopt;
    return std::forward<Map>(map)(Row(run.statement()));
  }

  // Calls `use(const Row&)` for every row. `use` must not run the same Sql on this handle.
  template <typename Use, typename... Values>
  void each(const Sql& sql, Use&& use, const Values&... values) {
    const std::array<Value, sizeof...(Values)> bound{to_value(values)...};
    const Run run(*this, sql, bound);
    while (run.statement().step()) use(Row(run.statement()));
  }

  // Does `action`, telling the trace about it as `name`.
  template <typename Action>
  void traced(std::string_view name, Action&& action) {
    const Timer timer(trace_, name);
    std::forward<Action>(action)();
  }

  Connection& connection() { return *connection_; }

 private:
  class Timer {
   public:
    Timer(const Trace& trace, std::string_view name);
    Timer(const Timer&) = delete;
    Timer& operator=(const Timer&) = delete;
    ~Timer();

   private:
    const Trace& trace_;
    std::string_view name_;
    std::chrono::steady_clock::time_point started_;
  };

  struct Prepared {
    std::unique_ptr<Statement> statement;
    bool running = false;
  };

  // A statement between execute and reset. Its end, by whatever way, is the reset: a SELECT left
  // open would keep its snapshot, and later reads would be stale.
  class Run {
   public:
    Run(Handle& handle, const Sql& sql, std::span<const Value> values);
    Run(const Run&) = delete;
    Run& operator=(const Run&) = delete;
    ~Run();
    Statement& statement() const { return *prepared_.statement; }

   private:
    const Timer timer_;
    Prepared& prepared_;
  };

  Prepared& prepared(const Sql& sql);
  std::int64_t run_bound(const Sql& sql, std::span<const Value> values);

  std::unique_ptr<Connection> connection_;
  const Trace trace_;
  std::unordered_map<Sql, Prepared, Sql::Hash> statements_;  // gone before their connection
};

// A transaction: rolled back unless committed.
class Transaction {
 public:
  Transaction(Handle& handle, Access access);
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  ~Transaction();

  // When this throws, the transaction is rolled back, unless the connection died meanwhile: then
  // the error's id is "db.commit_unknown" and nobody knows.
  void commit();
  // Afterwards there is nothing left to commit. Doing it twice does nothing.
  void rollback() noexcept;

 private:
  Handle& handle_;
  bool open_ = true;
};

// Part of a write transaction that can fail alone: rolled back unless kept.
class Savepoint {
 public:
  explicit Savepoint(Handle& handle);
  Savepoint(const Savepoint&) = delete;
  Savepoint& operator=(const Savepoint&) = delete;
  ~Savepoint();
  void keep();

 private:
  Handle& handle_;
  bool open_ = true;
};

}  // namespace tokctl::db
