// What mongoexport makes of kit's collections: JSON lines or an array of documents in MongoDB's
// Extended JSON, version 1 or 2. Members that kit does not know are passed over.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "auth/user_file.h"
#include "base/clock.h"
#include "base/error.h"
#include "model/json_records.h"

namespace tokctl::auth {

// A user of auth_users: its hash is of scheme kit, its email exactly as kit bound tokens to it. kit
// lets nobody but users of status 1 in, so any other known status is a disabled one.
std::unique_ptr<UserReader> open_kit_users(ReadBytes file);

struct KitSession {
  std::string session_id;
  std::string public_id;
  std::optional<Time> created_at;
  Time expires_at;
};

struct KitSessionRecord {
  std::int64_t line = 0;
  KitSession session;
  std::optional<Error> fault;  // then the session means nothing
};

class KitSessionReader {
 public:
  explicit KitSessionReader(ReadBytes file);
  // False at the end.
  bool next(KitSessionRecord& record);
  std::int64_t bytes() const { return json_.bytes(); }

 private:
  JsonRecordReader json_;
  JsonRecord line_;
};

}  // namespace tokctl::auth
