// kit's tokens, each derived once.
#pragma once

#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

#include "auth/context.h"
#include "db/user.h"

namespace tokctl::auth {

// kit derives a token by scrypt, which takes tens of milliseconds, from fields of the user alone. A
// process pays that once for each user: the result is kept under everything it was derived from, so
// a changed field is another entry. Thread-safe; bounded.
class KitTokens {
 public:
  // Nothing when the user has no kit hash any more: then no kit token is valid.
  std::optional<crypto::Digest> derive(const Context& context, const db::users::UserRow& owner);

 private:
  static constexpr std::size_t kMax = 10'000;
  std::mutex mutex_;
  std::unordered_map<std::string, crypto::Digest> known_;
};

}  // namespace tokctl::auth
