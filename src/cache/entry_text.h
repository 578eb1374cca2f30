// Entries and keys as bytes, as another process takes them from a shared cache.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "cache/entry.h"

namespace tokctl::cache {

std::string format_entry(const Entry& entry);

// Nothing unless `bytes` is, to the letter, what format_entry would write of an entry.
std::optional<EntryPtr> parse_entry(std::string_view bytes);

// The same of keys.
SecretString format_key(const KeyText& key);
std::optional<KeyText> parse_key(std::string_view bytes);

}  // namespace tokctl::cache
