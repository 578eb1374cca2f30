// Ids: lowercase UUID text, 36 characters.
#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/random.h"

namespace tokctl {

// A random UUID of version 4 (RFC 9562 §5.4).
std::string make_uuid(Random& random);
// One of version 7 (RFC 9562 §5.7), for rows of which there are many: those made later come later,
// so that a table and its indexes grow at their ends, and what is swept together lies together. It
// tells the second it was made in.
std::string make_uuid(Random& random, Time now);

// Whether `text` is a UUID in the one spelling tokctl writes: lowercase, hyphenated, not nil. Any
// version and variant, since imported ids come from elsewhere.
bool is_uuid(std::string_view text);

}  // namespace tokctl
