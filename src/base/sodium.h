// libsodium's one-time set-up.
#pragma once

namespace tokctl {

// To be called before libsodium's random generator or password hashing is used: it opens the
// generator and picks the code for this processor. Hashes, MACs, encodings and wiping do without.
// Cheap when repeated and thread-safe. Throws Error(kInternal) when the system has no randomness to
// give.
void require_sodium();

}  // namespace tokctl
