#include "base/acl.h"

#include <cstddef>

namespace tokctl {
namespace {

// linux/posix_acl_xattr.h: little-endian numbers, a version of 4 bytes, then entries of 8.
constexpr std::uint32_t kVersion = 2;
constexpr std::size_t kVersionSize = 4, kEntrySize = 8;
enum Tag : std::uint32_t { kOwner = 0x01, kUser = 0x02, kMask = 0x10 };  // the rest are others

std::uint32_t number(std::span<const std::uint8_t> bytes) {
  std::uint32_t value = 0;
  for (std::size_t i = bytes.size(); i > 0; --i) value = value << 8U | bytes[i - 1];
  return value;
}

}  // namespace

bool admits_only(std::span<const std::uint8_t> acl, uid_t uid) {
  if (acl.size() < kVersionSize || (acl.size() - kVersionSize) % kEntrySize != 0) return false;
  if (number(acl.first(kVersionSize)) != kVersion) return false;
  for (acl = acl.subspan(kVersionSize); !acl.empty(); acl = acl.subspan(kEntrySize)) {
    const std::uint32_t tag = number(acl.first(2));
    const std::uint32_t permissions = number(acl.subspan(2, 2));
    const bool ours = tag == kUser && number(acl.subspan(4, 4)) == uid;
    if (permissions != 0 && tag != kOwner && tag != kMask && !ours) return false;
  }
  return true;
}

}  // namespace tokctl
