#include "auth/user_export.h"

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "auth/change.h"
#include "auth/passwords.h"
#include "auth/read.h"
#include "auth/user_file.h"
#include "base/time_text.h"
#include "db/user.h"
#include "model/api_token.h"
#include "model/csv.h"

namespace tokctl::auth {
namespace {

constexpr std::size_t kPage = 500;

std::vector<UserField> columns(const ExportOptions& options) {
  std::vector<UserField> fields{
      UserField::kPublicId, UserField::kEmail,           UserField::kFullName,
      UserField::kStatus,   UserField::kCreatedAt,       UserField::kRoles,
      UserField::kPhone,    UserField::kEmailVerifiedAt, UserField::kPhoneVerifiedAt};
  if (options.deleted) fields.push_back(UserField::kDeletedAt);
  if (options.with_hashes) {
    fields.insert(fields.end(), {UserField::kPrivateId, UserField::kPasswordScheme,
                                 UserField::kPasswordHash, UserField::kPasswordSetAt});
  }
  return fields;
}

std::string time_text(const std::optional<Time>& time) {
  return time ? format_rfc3339(*time) : std::string();
}

std::string value_of(const Context& context, const db::users::UserRow& row, UserField field) {
  switch (field) {
    case UserField::kPublicId:
      return row.user.public_id;
    case UserField::kEmail:
      return row.user.email;
    case UserField::kFullName:
      return row.user.full_name;
    case UserField::kStatus:
      return std::string(to_text(row.user.status));
    case UserField::kCreatedAt:
      return time_text(row.user.created_at);
    case UserField::kDeletedAt:
      return time_text(row.user.deleted_at);
    case UserField::kPrivateId:
      return row.secrets.private_id;
    case UserField::kPasswordScheme:
      return row.secrets.password_scheme;
    case UserField::kPasswordHash:
      return std::string(stored_hash(context, row).reveal());
    case UserField::kPasswordSetAt:
      return time_text(row.user.password_set_at);
    case UserField::kRoles:
      return join_scopes(row.user.roles);
    case UserField::kPhone:
      return row.user.phone;
    case UserField::kEmailVerifiedAt:
      return time_text(row.user.email_verified_at);
    case UserField::kPhoneVerifiedAt:
      return time_text(row.user.phone_verified_at);
    case UserField::kPassword:
      break;  // nobody has it
  }
  return {};
}

std::string csv_header(const std::vector<UserField>& fields) {
  std::string line;
  for (const UserField field : fields) {
    if (!line.empty()) line += ',';
    line += to_text(field);
  }
  return line + "\r\n";
}

std::string csv_line(const Context& context, const std::vector<UserField>& fields,
                     const db::users::UserRow& row) {
  std::string line;
  for (const UserField field : fields) {
    if (field != fields.front()) line += ',';
    append_csv_field(line, value_of(context, row, field));
  }
  return line + "\r\n";
}

std::string json_line(const Context& context, const std::vector<UserField>& fields,
                      const db::users::UserRow& row) {
  nlohmann::ordered_json object;
  for (const UserField field : fields) {
    auto value = value_of(context, row, field);
    auto& member = object[std::string(to_text(field))];
    if (!value.empty()) member = std::move(value);  // else null
  }
  return object.dump() + '\n';
}

// Live users, then deleted ones: no list holds both.
template <typename Use>
void each_user(Context& context, bool deleted_too, const Use& use) {
  for (const bool deleted : {false, true}) {
    if (deleted && !deleted_too) return;
    std::vector<db::users::UserRow> rows;
    do {
      const auto last = rows.empty() ? std::nullopt : std::optional(std::move(rows.back().user));
      rows = read(context, [&](db::Handle& db) {
        return db::users::list(
            db,
            {.order = db::users::Order::kCreated, .deleted = deleted, .status = {}, .limit = kPage},
            last ? &*last : nullptr);
      });
      for (const auto& row : rows) use(row);
    } while (rows.size() == kPage);
  }
}

}  // namespace

std::int64_t export_users(Context& context, const ExportOptions& options,
                          const std::function<void(std::string_view line)>& out) {
  if (options.with_hashes) {
    // Before the first hash goes out: whoever reads the log later finds that they did.
    write(context, [&](Change& change) {
      change.record("user.hashes_exported", {}, {}, {{"deleted", options.deleted}});
      return true;
    });
  }
  const auto fields = columns(options);
  const bool csv = options.format == UserFormat::kCsv;
  std::int64_t count = 0;
  if (csv) out(csv_header(fields));
  each_user(context, options.deleted, [&](const db::users::UserRow& row) {
    std::string line = csv ? csv_line(context, fields, row) : json_line(context, fields, row);
    out(line);
    if (options.with_hashes) wipe(line.data(), line.size());
    ++count;
  });
  return count;
}

}  // namespace tokctl::auth
