#include "db/mysql/statement.h"

#include <mysql.h>
#include <mysqld_error.h>

#include <algorithm>
#include <charconv>
#include <new>
#include <string>
#include <vector>

#include "db/mysql/connection.h"

namespace tokctl::db::mysql {
namespace {

constexpr unsigned long kShortText = 512;  // longer ones are fetched a second time

struct CloseStatement {
  void operator()(MYSQL_STMT* statement) const { mysql_stmt_close(statement); }
};
using RawStatement = std::unique_ptr<MYSQL_STMT, CloseStatement>;

struct FreeResult {
  void operator()(MYSQL_RES* result) const { mysql_free_result(result); }
};

bool is_integer(enum_field_types type) {
  switch (type) {
    case MYSQL_TYPE_TINY:
    case MYSQL_TYPE_SHORT:
    case MYSQL_TYPE_INT24:
    case MYSQL_TYPE_LONG:
    case MYSQL_TYPE_LONGLONG:
      return true;
    default:
      return false;
  }
}

// Where the library puts a column of the current row.
struct Column {
  bool integer = false;
  long long number = 0;
  std::string text;
  unsigned long length = 0;
  my_bool null = 0;
};

class MysqlStatement final : public Statement {
 public:
  MysqlStatement(MysqlConnection& connection, MYSQL* session, std::string_view sql)
      : connection_(connection), session_(session), sql_(sql) {
    make();
  }

  void execute(std::span<const Value> values) override {
    connection_.require_transaction_kept();
    if (!statement_) make();
    reset();
    if (values.size() != parameters_.size()) connection_.fail(ER_WRONG_ARGUMENTS);
    for (std::size_t i = 0; i < values.size(); ++i) bind(parameters_[i], lengths_[i], values[i]);
    if (!parameters_.empty()) require(mysql_stmt_bind_param(raw(), parameters_.data()));
    require(mysql_stmt_execute(raw()));
    affected_ = static_cast<std::int64_t>(mysql_stmt_affected_rows(raw()));
    // The rows come over at once, so that the connection is free for other statements meanwhile.
    if (!columns_.empty() && mysql_stmt_store_result(raw()) != 0) {
      const unsigned number = mysql_stmt_errno(raw());
      // The library would wait for the rest of the rows when it is used again, and none will come.
      statement_.reset();
      connection_.fail(number);
    }
  }

  bool step() override {
    if (columns_.empty()) return false;
    const int code = mysql_stmt_fetch(raw());
    if (code == MYSQL_NO_DATA) return false;
    if (code == MYSQL_DATA_TRUNCATED) {
      fetch_long_texts();
    } else if (code != 0) {
      connection_.fail(mysql_stmt_errno(raw()));
    }
    return true;
  }

  bool is_null(int column) const override { return at(column).null != 0; }

  std::int64_t integer(int column) const override {
    if (is_null(column)) return 0;
    if (at(column).integer) return at(column).number;
    // A sum is a decimal, which comes as text.
    std::int64_t number = 0;
    const std::string_view digits = text(column);
    std::from_chars(digits.data(), digits.data() + digits.size(), number);
    return number;
  }

  std::string_view text(int column) const override {
    if (is_null(column)) return {};
    return {at(column).text.data(), at(column).length};
  }

  std::int64_t affected() const override { return affected_; }

  void reset() noexcept override {
    if (statement_) mysql_stmt_free_result(raw());
  }

 private:
  MYSQL_STMT* raw() const { return statement_.get(); }
  const Column& at(int column) const { return columns_[static_cast<std::size_t>(column)]; }

  void require(int failed) {
    if (failed != 0) connection_.fail(mysql_stmt_errno(raw()));
  }

  void make() {
    statement_.reset(mysql_stmt_init(session_));
    if (!statement_) throw std::bad_alloc();
    if (mysql_stmt_prepare(raw(), sql_.data(), sql_.size()) != 0) {
      const unsigned number = mysql_stmt_errno(raw());
      statement_.reset();
      connection_.fail(number);
    }
    parameters_.resize(mysql_stmt_param_count(raw()));
    lengths_.resize(parameters_.size());
    make_columns();
  }

  static void bind(MYSQL_BIND& parameter, unsigned long& length, const Value& value) {
    parameter = {};
    if (const auto* number = std::get_if<std::int64_t>(&value)) {
      parameter.buffer_type = MYSQL_TYPE_LONGLONG;
      parameter.buffer = const_cast<std::int64_t*>(number);  // which the library only reads
    } else if (const auto* text = std::get_if<std::string_view>(&value)) {
      length = text->size();
      parameter.buffer_type = MYSQL_TYPE_STRING;
      parameter.buffer = const_cast<char*>(text->data() != nullptr ? text->data() : "");
      parameter.buffer_length = length;
      parameter.length = &length;
    } else {
      parameter.buffer_type = MYSQL_TYPE_NULL;
    }
  }

  void make_columns() {
    const std::unique_ptr<MYSQL_RES, FreeResult> metadata(mysql_stmt_result_metadata(raw()));
    if (!metadata) return;
    columns_.resize(mysql_num_fields(metadata.get()));
    results_.resize(columns_.size());
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      const MYSQL_FIELD* field = mysql_fetch_field_direct(metadata.get(), static_cast<unsigned>(i));
      Column& column = columns_[i];
      MYSQL_BIND& result = results_[i];
      result.is_null = &column.null;
      result.length = &column.length;
      column.integer = is_integer(field->type);
      if (column.integer) {
        result.buffer_type = MYSQL_TYPE_LONGLONG;
        result.buffer = &column.number;
      } else {
        result.buffer_type = MYSQL_TYPE_STRING;
        grow(column, result, std::min(field->length, kShortText));
      }
    }
    require(mysql_stmt_bind_result(raw(), results_.data()));
  }

  static void grow(Column& column, MYSQL_BIND& result, unsigned long size) {
    column.text.resize(size);
    result.buffer = column.text.data();
    result.buffer_length = size;
  }

  void fetch_long_texts() {
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      Column& column = columns_[i];
      if (column.integer || column.null != 0 || column.length <= column.text.size()) continue;
      grow(column, results_[i], column.length);
      require(mysql_stmt_fetch_column(raw(), &results_[i], static_cast<unsigned>(i), 0));
    }
    require(mysql_stmt_bind_result(raw(), results_.data()));
  }

  MysqlConnection& connection_;
  MYSQL* const session_;
  const std::string sql_;
  RawStatement statement_;
  std::vector<MYSQL_BIND> parameters_;
  std::vector<unsigned long> lengths_;
  std::vector<Column> columns_;
  std::vector<MYSQL_BIND> results_;
  std::int64_t affected_ = 0;
};

}  // namespace

std::unique_ptr<Statement> prepare(MysqlConnection& connection, MYSQL* session,
                                   std::string_view sql) {
  return std::make_unique<MysqlStatement>(connection, session, sql);
}

}  // namespace tokctl::db::mysql
