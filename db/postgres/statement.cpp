#include "db/postgres/statement.h"

#include <charconv>
#include <utility>

#include "db/postgres/error.h"

namespace tokctl::db::postgres {
namespace {

constexpr int kTextFormat = 0, kBinaryFormat = 1;

std::int64_t parse(std::string_view digits) {
  std::int64_t number = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), number);
  return number;
}

}  // namespace

std::string numbered(std::string_view sql) {
  std::string result;
  int count = 0;
  char quote = 0;  // the one that is open
  for (const char c : sql) {
    if (quote == 0 && c == '?') {
      result += '$' + std::to_string(++count);
      continue;
    }
    if (quote == 0 && (c == '\'' || c == '"')) {
      quote = c;
    } else if (c == quote) {
      quote = 0;
    }
    result += c;
  }
  return result;
}

// cppcheck-suppress passedByValue  ; they are moved from
PostgresStatement::PostgresStatement(Link& link, std::string sql, std::string name)
    : link_(link), sql_(std::move(sql)), name_(std::move(name)) {}

// What is run once, as by most commands, is not worth the round trip that keeps it on the server.
void PostgresStatement::execute(std::span<const Value> values) {
  reset();
  bind(values);
  const Arguments arguments{.count = static_cast<int>(values.size()),
                            .values = values_.data(),
                            .sizes = sizes_.data(),
                            .formats = formats_.data()};
  if (stage_ == Stage::kNew) {
    result_ = link_.run_once(sql_.c_str(), arguments);
    stage_ = Stage::kUsedOnce;
  } else {
    if (stage_ == Stage::kUsedOnce) link_.prepare(name_.c_str(), sql_.c_str());
    stage_ = Stage::kPrepared;
    result_ = link_.run_prepared(name_.c_str(), arguments);
  }
  rows_ = PQntuples(result_.get());
}

// Text goes in its binary format, which is its bytes: nothing is copied and none ends it early.
// Numbers go as digits, since only the server knows how wide it wants them.
void PostgresStatement::bind(std::span<const Value> values) {
  values_.assign(values.size(), nullptr);
  sizes_.assign(values.size(), 0);
  formats_.assign(values.size(), kTextFormat);
  digits_.resize(values.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (const auto* text = std::get_if<std::string_view>(&values[i])) {
      values_[i] = text->data() != nullptr ? text->data() : "";  // a null pointer would be NULL
      sizes_[i] = static_cast<int>(text->size());
      formats_[i] = kBinaryFormat;
    } else if (const auto* number = std::get_if<std::int64_t>(&values[i])) {
      auto& digits = digits_[i];
      *std::to_chars(digits.data(), digits.data() + digits.size(), *number).ptr = '\0';
      values_[i] = digits.data();
    }
  }
}

bool PostgresStatement::is_null(int column) const {
  return PQgetisnull(result_.get(), row_, column) != 0;
}

std::int64_t PostgresStatement::integer(int column) const { return parse(text(column)); }

std::string_view PostgresStatement::text(int column) const {
  return {PQgetvalue(result_.get(), row_, column),
          static_cast<std::size_t>(PQgetlength(result_.get(), row_, column))};
}

std::int64_t PostgresStatement::affected() const { return parse(PQcmdTuples(result_.get())); }

void PostgresStatement::reset() noexcept {
  result_.reset();
  row_ = -1;
  rows_ = 0;
}

}  // namespace tokctl::db::postgres
