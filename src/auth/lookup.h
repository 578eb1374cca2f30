// Finding an opaque token by its digest, under whichever root key it was made.
#pragma once

#include <array>
#include <ranges>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "auth/context.h"
#include "crypto/opaque_token.h"
#include "model/opaque_token.h"

namespace tokctl::auth {

// What an opaque token is stored as under a root key that this process holds.
inline std::string lookup_digest(const Context& context, std::string_view root_key_id,
                                 std::string_view text) {
  return crypto::opaque_token_digest(context.keyring.mac_key(root_key_id, crypto::Purpose::kLookup),
                                     text);
}

// Under each of them, the newest first.
inline std::vector<std::string> lookup_digests(const Context& context, std::string_view text) {
  std::vector<std::string> digests;
  const auto& ids = context.keyring.ids();
  for (const std::string& id : ids | std::views::reverse)
    digests.push_back(lookup_digest(context, id, text));
  return digests;
}

// The first row that `find(digest)` gives, which returns an optional, in the same order.
template <typename Find>
auto find_by_lookup(const Context& context, std::string_view text, Find&& find)
    -> decltype(find(std::string())) {
  const auto& ids = context.keyring.ids();
  for (const std::string& id : ids | std::views::reverse) {
    if (auto row = find(lookup_digest(context, id, text))) return row;
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
