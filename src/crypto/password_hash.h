// The two spellings of a password hash, taken apart and bounded before anything expensive looks at
// them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace tokctl::crypto {

// `$argon2id$v=19$m=65536,t=3,p=1$SALT$HASH`: the PHC string format, base64 without padding.
struct Argon2Hash {
  bool id;               // Argon2id, else Argon2i
  std::uint32_t memory;  // KiB
  std::uint32_t passes;
  std::uint32_t lanes;
};

// Nothing unless `text` is well-formed, canonical and within the bounds that password.h documents.
std::optional<Argon2Hash> parse_argon2(std::string_view text);

// Whether `text` is `$2a$`, `$2b$` or `$2y$`, a cost within bounds, and 53 canonical characters of
// salt and hash.
bool is_bcrypt(std::string_view text);

}  // namespace tokctl::crypto
