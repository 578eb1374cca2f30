// POSIX access control lists, as far as they say who may read a secret.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <span>

namespace tokctl {

// Whether the list `acl`, as the kernel gives it (acl(5), the extended attribute
// system.posix_acl_access), lets nobody in but the file's owner and the user `uid`. False for a
// list that is not understood.
bool admits_only(std::span<const std::uint8_t> acl, uid_t uid);

}  // namespace tokctl
