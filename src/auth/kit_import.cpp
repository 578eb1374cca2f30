#include "auth/kit_import.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/json.h"
#include "base/time_text.h"
#include "base/uuid.h"

namespace tokctl::auth {
namespace {

using Json = nlohmann::json;

Error malformed(const std::string& message) {
  return Error(Code::kUsage, "import.malformed", message);
}

Error bad_member(std::string_view name, std::string_view wanted) {
  return Error(Code::kUsage, "import.value", fmt::format("{} is not {}", name, wanted));
}

Json parse_document(const JsonRecord& record) {
  if (record.fault) throw malformed(std::string(to_text(*record.fault)));
  auto document = parse_json_object(record.text);
  if (!document) throw malformed("not one JSON object with each member once");
  return *std::move(document);
}

// Null and absent are the same.
Json* find(Json& document, const char* name) {
  const auto found = document.find(name);
  return found == document.end() || found->is_null() ? nullptr : &*found;
}

// The value inside {"$name": value}, which is how Extended JSON spells a type.
Json* typed(Json& value, const char* name) {
  return value.is_object() && value.size() == 1 ? find(value, name) : nullptr;
}

std::string& text(Json& document, const char* name) {
  Json* value = find(document, name);
  if (!value || !value->is_string()) throw bad_member(name, "a string");
  return value->get_ref<std::string&>();
}

std::string uuid(Json& document, const char* name) {
  std::string& value = text(document, name);
  if (!is_uuid(value)) throw bad_member(name, "a UUID in lower case");
  return value;
}

// 1, 1.0, {"$numberInt": "1"}, {"$numberLong": "1"} or {"$numberDouble": "1.0"}: the shell stores a
// number as it likes.
std::optional<std::int64_t> integer(Json& value) {
  if (value.is_number_unsigned() && value.get<std::uint64_t>() > INT64_MAX) return std::nullopt;
  if (value.is_number_integer()) return value.get<std::int64_t>();
  if (value.is_number_float()) {
    const double number = value.get<double>();
    if (number != std::floor(number) || std::abs(number) > 0x1p53) return std::nullopt;
    return static_cast<std::int64_t>(number);
  }
  for (const char* type : {"$numberInt", "$numberLong", "$numberDouble"}) {
    Json* digits = typed(value, type);
    if (!digits || !digits->is_string()) continue;
    auto& whole = digits->get_ref<std::string&>();
    if (whole.ends_with(".0")) whole.resize(whole.size() - 2);
    std::int64_t number = 0;
    const char* end = whole.data() + whole.size();
    const auto [stopped, error] = std::from_chars(whole.data(), end, number);
    if (error == std::errc() && stopped == end) return number;
  }
  return std::nullopt;
}

// {"$date": X} with X in milliseconds, as an integer of any spelling, or as ISO 8601 with an offset
// that version 1 writes without its colon: 2015-11-20T15:04:05.123-0500.
std::optional<Time> date(Json& document, const char* name) {
  Json* value = find(document, name);
  if (!value) return std::nullopt;
  const auto wrong = [&] { return bad_member(name, "a date of Extended JSON"); };
  Json* inner = typed(*value, "$date");
  if (!inner) throw wrong();
  if (inner->is_string()) {
    auto& iso = inner->get_ref<std::string&>();
    if (iso.size() > 5 && (iso[iso.size() - 5] == '+' || iso[iso.size() - 5] == '-')) {
      iso.insert(iso.size() - 2, 1, ':');
    }
    const auto time = iso.find('T') == std::string::npos ? std::nullopt : parse_moment(iso, Time{});
    if (!time) throw wrong();
    return time;
  }
  constexpr std::int64_t kLast = 253'402'300'799'999;  // the end of the year 9999
  const auto milliseconds = integer(*inner);
  if (!milliseconds || *milliseconds > kLast || *milliseconds < -kLast) throw wrong();
  return std::chrono::floor<Seconds>(
      std::chrono::sys_time<std::chrono::milliseconds>(std::chrono::milliseconds(*milliseconds)));
}

// Go's zero time, the year 1, stands for a date nobody set.
std::optional<Time> date_if_set(Json& document, const char* name) {
  const auto time = date(document, name);
  return time && *time > Time{} ? time : std::nullopt;
}

UserStatus status(Json& document) {
  Json* value = find(document, "status");
  const auto number = value ? integer(*value) : std::optional<std::int64_t>(0);
  if (!number || *number < 0 || *number > 2) throw bad_member("status", "0, 1 or 2");
  return *number == 1 ? UserStatus::kActive : UserStatus::kDisabled;
}

bool is_deleted(Json& document) {
  Json* value = find(document, "is_deleted");
  if (value && !value->is_boolean()) throw bad_member("is_deleted", "true or false");
  return value && value->get<bool>();
}

ImportedUser user_of(Json& document) {
  ImportedUser user;
  user.public_id = uuid(document, "public_id");
  user.private_id = uuid(document, "private_id");
  user.email = text(document, "email");
  user.full_name = text(document, "full_name");
  user.status = status(document);
  std::string& hash = text(document, "password");
  user.hash = SecretString(hash);
  wipe(hash.data(), hash.size());
  user.scheme = crypto::PasswordScheme::kKit;
  user.from_kit = true;
  user.created_at = date_if_set(document, "date_created");
  // kit's updates write modified_at, beside the date_modified that creating writes.
  const auto created_modified = date_if_set(document, "date_modified");
  user.password_set_at = std::max(created_modified, date_if_set(document, "modified_at"));
  if (is_deleted(document)) user.deleted_at = user.password_set_at.value_or(Time{});
  return user;
}

KitSession session_of(Json& document) {
  KitSession session;
  session.session_id = uuid(document, "session_id");
  session.public_id = uuid(document, "public_id");
  const auto expires_at = date(document, "date_expires");
  if (!expires_at) throw bad_member("date_expires", "a date of Extended JSON");
  session.expires_at = *expires_at;
  session.created_at = date_if_set(document, "date_created");
  return session;
}

class KitUserReader final : public UserReader {
 public:
  explicit KitUserReader(ReadBytes file) : json_(std::move(file)) {}

  bool next(UserRecord& record) override {
    if (!json_.next(line_)) return false;
    record.line = line_.line;
    record.fault.reset();
    try {
      Json document = parse_document(line_);
      record.user = user_of(document);
    } catch (const Error& error) {
      record.fault = error;
    }
    return true;
  }

  std::int64_t bytes() const override { return json_.bytes(); }

 private:
  JsonRecordReader json_;
  JsonRecord line_;
};

}  // namespace

std::unique_ptr<UserReader> open_kit_users(ReadBytes file) {
  return std::make_unique<KitUserReader>(std::move(file));
}

KitSessionReader::KitSessionReader(ReadBytes file) : json_(std::move(file)) {}

bool KitSessionReader::next(KitSessionRecord& record) {
  if (!json_.next(line_)) return false;
  record.line = line_.line;
  record.fault.reset();
  try {
    Json document = parse_document(line_);
    record.session = session_of(document);
  } catch (const Error& error) {
    record.fault = error;
  }
  return true;
}

}  // namespace tokctl::auth
