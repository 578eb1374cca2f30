// Ids: lowercase UUID text, 36 characters.
#pragma once

#include <string>
#include <string_view>

#include "base/random.h"

namespace tokctl {

// A random UUID of version 4 (RFC 9562 §5.4).
std::string make_uuid(Random& random);

// Whether `text` is a UUID in the one spelling tokctl writes: lowercase, hyphenated, not nil. Any
// version and variant, since imported ids come from elsewhere.
bool is_uuid(std::string_view text);

}  // namespace tokctl
