// Whatever a file of users or sessions holds, each record is a fault or a user in bounds, and
// reading comes to an end.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "auth/kit_import.h"
#include "auth/user_file.h"
#include "base/uuid.h"
#include "support/text_source.h"

namespace {

using tokctl::test::text_source;

void require(bool condition) {
  if (!condition) std::abort();
}

void require_printable(const tokctl::Error& fault) {
  for (const char c : fault.message()) require(static_cast<unsigned char>(c) >= ' ');
}

template <typename Reader, typename Record, typename Check>
void read_all(Reader& reader, Record record, std::size_t size, Check check) {
  std::int64_t line = 0;
  std::size_t records = 0;
  while (reader.next(record)) {
    require(++records <= size);
    require(record.line >= line);
    line = record.line;
    record.fault ? require_printable(*record.fault) : check(record);
  }
  require(reader.bytes() == static_cast<std::int64_t>(size));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using tokctl::auth::UserFormat;
  const std::string text(reinterpret_cast<const char*>(data), size);

  const auto users = tokctl::auth::open_kit_users(text_source(text));
  read_all(*users, tokctl::auth::UserRecord{}, size, [](const auto& record) {
    require(tokctl::is_uuid(record.user.public_id) && tokctl::is_uuid(record.user.private_id));
    require(record.user.from_kit && record.user.password.empty());
  });

  tokctl::auth::KitSessionReader sessions(text_source(text));
  read_all(sessions, tokctl::auth::KitSessionRecord{}, size, [](const auto& record) {
    require(tokctl::is_uuid(record.session.session_id));
    require(tokctl::is_uuid(record.session.public_id));
  });

  const auto lines = tokctl::auth::open_user_reader(UserFormat::kJsonl, text_source(text));
  read_all(*lines, tokctl::auth::UserRecord{}, size,
           [](const auto& record) { require(!record.user.from_kit); });

  try {
    const auto csv = tokctl::auth::open_user_reader(UserFormat::kCsv, text_source(text));
    read_all(*csv, tokctl::auth::UserRecord{}, size,
             [](const auto& record) { require(!record.user.from_kit); });
  } catch (const tokctl::Error& error) {
    require(error.id() == "import.header");
    require_printable(error);
  }
  return 0;
}
