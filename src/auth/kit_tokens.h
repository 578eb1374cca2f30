// kit's tokens, each derived once.
#pragma once

#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

#include "auth/change.h"
#include "db/session.h"

namespace tokctl::auth {

// kit derives a token by scrypt, which takes tens of milliseconds, from fields of the user alone. A
// process pays that once for each user: the result is kept under the fields that change when any of
// those does. Thread-safe; bounded.
class KitTokens {
 public:
  // Nothing when what kit derives from is not kept any more: then no kit token of the user is
  // valid.
  std::optional<crypto::Digest> derive(const Context& context, db::Handle& db,
                                       const db::sessions::WithOwner& row);

 private:
  static constexpr std::size_t kMax = 10'000;
  std::mutex mutex_;
  std::unordered_map<std::string, crypto::Digest> known_;
};

// Forgets what is kept of kit for a user whose last session of that scheme has ended; whether there
// was anything.
bool forget_kit_if_over(Change& change, std::string_view public_id);

}  // namespace tokctl::auth
