#include "auth/lapsed.h"

#include <algorithm>
#include <utility>

namespace tokctl::auth {

bool Lapsed::knows(std::string_view token) const {
  const crypto::ShortHash hash = hash_(token);
  const std::lock_guard lock(mutex_);
  return newer_.contains(hash) || older_.contains(hash);
}

void Lapsed::add(std::string_view token, Time now) {
  const crypto::ShortHash hash = hash_(token);
  const std::lock_guard lock(mutex_);
  newer_.insert(hash);
  if (newer_.size() >= kMax / 2) older_ = std::exchange(newer_, {});
  latest_.store(std::max(latest_.load(), to_unix(now)));
}

}  // namespace tokctl::auth
