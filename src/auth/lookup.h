// Finding an opaque token by its digest, under whichever root key it was made.
#pragma once

#include <array>
#include <ranges>
#include <string>
#include <string_view>
#include <utility>

#include "auth/context.h"
#include "crypto/opaque_token.h"
#include "model/opaque_token.h"

namespace tokctl::auth {

// The first row that `find(digest)` gives, which returns an optional: under each root key that this
// process holds, the newest first.
template <typename Find>
auto find_by_lookup(const Context& context, std::string_view text, Find&& find)
    -> decltype(find(std::string())) {
  const auto ids = context.keyring.ids();
  for (const std::string& id : ids | std::views::reverse) {
    const auto& key = context.keyring.mac_key(id, crypto::Purpose::kLookup);
    if (auto row = find(crypto::opaque_token_digest(key, text))) return row;
  }
  return std::nullopt;
}

// A new opaque token's text.
inline SecretString make_opaque_token(Context& context, TokenType type) {
  std::array<std::uint8_t, kOpaqueSecretSize> secret;
  context.random.fill(secret);
  SecretString text = format_opaque_token(type, secret);
  wipe(secret);
  return text;
}

}  // namespace tokctl::auth
