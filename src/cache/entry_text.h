// An entry as bytes, as another process takes it from a shared cache.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "cache/entry.h"

namespace tokctl::cache {

std::string format_entry(const Entry& entry);

// Nothing unless `bytes` is, to the letter, what format_entry would write of an entry.
std::optional<EntryPtr> parse_entry(std::string_view bytes);

}  // namespace tokctl::cache
