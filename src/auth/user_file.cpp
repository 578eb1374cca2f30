#include "auth/user_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "auth/kit_import.h"
#include "base/json.h"
#include "base/names.h"
#include "base/time_text.h"
#include "base/utf8.h"
#include "model/api_token.h"
#include "model/csv.h"
#include "model/json_records.h"

namespace tokctl::auth {
namespace {

constexpr auto kFieldNames =
    names_of<UserField>("public_id", "email", "full_name", "status", "created_at", "deleted_at",
                        "private_id", "password_scheme", "password_hash", "password_set_at",
                        "roles", "phone", "email_verified_at", "phone_verified_at", "password");

constexpr std::string_view kFieldList =
    "email, full_name, password, status, password_hash, password_scheme, public_id, private_id, "
    "password_set_at, roles, phone, email_verified_at, phone_verified_at, created_at and "
    "deleted_at";

constexpr std::size_t kShownMax = 40;  // bytes of a foreign name worth repeating

Error malformed(const std::string& message) {
  return Error(Code::kUsage, "import.malformed", message);
}

Error bad_value(UserField field, std::string_view wanted) {
  return Error(Code::kUsage, "import.value", fmt::format("{} is not {}", to_text(field), wanted));
}

std::string shown(std::string_view name) {
  return name.size() > kShownMax ? "of a long name" : printable(name);
}

Time parse_time(UserField field, std::string_view text) {
  // parse_moment knows relative forms too, which mean nothing in a file.
  const auto time = text.find('T') == text.npos ? std::nullopt : parse_moment(text, Time{});
  if (!time) throw bad_value(field, "a time like 2026-12-31T23:59:59Z");
  return *time;
}

// Empty text is an absent value.
void set_field(ImportedUser& user, UserField field, std::string_view text) {
  if (text.empty()) return;
  switch (field) {
    case UserField::kPublicId:
      user.public_id = text;
      break;
    case UserField::kPrivateId:
      user.private_id = text;
      break;
    case UserField::kEmail:
      user.email = text;
      break;
    case UserField::kFullName:
      user.full_name = text;
      break;
    case UserField::kPassword:
      user.password = SecretString(text);
      break;
    case UserField::kPasswordHash:
      user.hash = SecretString(text);
      break;
    case UserField::kCreatedAt:
      user.created_at = parse_time(field, text);
      break;
    case UserField::kDeletedAt:
      user.deleted_at = parse_time(field, text);
      break;
    case UserField::kPasswordSetAt:
      user.password_set_at = parse_time(field, text);
      break;
    case UserField::kRoles:
      user.roles = split_scopes(text);
      break;
    case UserField::kPhone:
      user.phone = text;
      break;
    case UserField::kEmailVerifiedAt:
      user.email_verified_at = parse_time(field, text);
      break;
    case UserField::kPhoneVerifiedAt:
      user.phone_verified_at = parse_time(field, text);
      break;
    case UserField::kStatus: {
      const auto status = user_status_from(text);
      if (!status) throw bad_value(field, "active or disabled");
      user.status = *status;
      break;
    }
    case UserField::kPasswordScheme: {
      user.scheme = crypto::password_scheme_from(text);
      if (!user.scheme) throw bad_value(field, "v1, argon2, bcrypt, kit or none");
      break;
    }
  }
}

class CsvUserReader final : public UserReader {
 public:
  explicit CsvUserReader(ReadBytes file) : csv_(std::move(file)) {
    CsvRecord header;
    if (!csv_.next(header)) throw not_a_header();
    // The first line of a file without a header is somebody's password: nothing of it is repeated
    // before it has proved to be a header.
    const auto names = [&](std::string_view name) {
      return std::ranges::count(header.fields, name);
    };
    if (header.fault || !names("email") || !names("full_name")) throw not_a_header();
    for (const std::string_view name : header.fields) {
      const auto field = user_field_from(name);
      if (!field) {
        throw Error(Code::kUsage, "import.header",
                    fmt::format("the header names an unknown column {}", shown(name)),
                    fmt::format("the columns are {}", kFieldList));
      }
      if (names(name) > 1) {
        throw Error(Code::kUsage, "import.header",
                    fmt::format("the header names the column {} twice", name));
      }
      columns_.push_back(*field);
    }
  }

  bool next(UserRecord& record) override {
    if (!csv_.next(line_)) return false;
    record.line = line_.line;
    record.fault.reset();
    record.user = {};
    try {
      if (line_.fault) throw malformed(std::string(to_text(*line_.fault)));
      if (line_.fields.size() != columns_.size()) {
        throw malformed(
            fmt::format("{} fields instead of {}", line_.fields.size(), columns_.size()));
      }
      for (std::size_t i = 0; i < columns_.size(); ++i) {
        set_field(record.user, columns_[i], line_.fields[i]);
      }
    } catch (const Error& error) {
      record.fault = error;
    }
    return true;
  }

  std::int64_t bytes() const override { return csv_.bytes(); }

 private:
  static Error not_a_header() {
    return Error(Code::kUsage, "import.header",
                 "the first line is not a header that names the columns email and full_name",
                 fmt::format("the columns are {}", kFieldList));
  }

  CsvReader csv_;
  CsvRecord line_;
  std::vector<UserField> columns_;
};

class JsonUserReader final : public UserReader {
 public:
  explicit JsonUserReader(ReadBytes file) : json_(std::move(file)) {}

  bool next(UserRecord& record) override {
    if (!json_.next(line_)) return false;
    record.line = line_.line;
    record.fault.reset();
    record.user = {};
    try {
      if (line_.fault) throw malformed(std::string(to_text(*line_.fault)));
      auto object = parse_json_object(line_.text);
      if (!object) throw malformed("not one JSON object with each member once");
      for (const auto& [name, value] : object->items()) set_member(record.user, name, value);
    } catch (const Error& error) {
      record.fault = error;
    }
    return true;
  }

  std::int64_t bytes() const override { return json_.bytes(); }

 private:
  static void set_member(ImportedUser& user, const std::string& name, nlohmann::json& value) {
    const auto field = user_field_from(name);
    if (!field) throw malformed(fmt::format("unknown member {}", shown(name)));
    if (value.is_null()) return;
    if (!value.is_string()) throw bad_value(*field, "a string");
    auto& text = value.get_ref<std::string&>();
    set_field(user, *field, text);
    wipe(text.data(), text.size());
  }

  JsonRecordReader json_;
  JsonRecord line_;
};

}  // namespace

std::string_view to_text(UserField field) { return kFieldNames[field]; }
std::optional<UserField> user_field_from(std::string_view text) { return kFieldNames.find(text); }

std::unique_ptr<UserReader> open_user_reader(UserFormat format, ReadBytes file) {
  switch (format) {
    case UserFormat::kCsv:
      return std::make_unique<CsvUserReader>(std::move(file));
    case UserFormat::kJsonl:
      return std::make_unique<JsonUserReader>(std::move(file));
    case UserFormat::kKit:
      return open_kit_users(std::move(file));
  }
  throw std::logic_error("open_user_reader");
}

}  // namespace tokctl::auth
