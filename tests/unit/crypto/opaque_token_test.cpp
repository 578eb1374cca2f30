#include "crypto/opaque_token.h"

#include <catch2/catch.hpp>
#include <numeric>
#include <vector>

#include "crypto/keyring.h"

namespace tokctl::crypto {
namespace {

// Computed by an implementation of its own, on Python's hmac.
TEST_CASE("opaque token: the digest at rest of a known token under a known root key") {
  std::vector<std::uint8_t> root(kRootKeySize);
  std::iota(root.begin(), root.end(), std::uint8_t{0});
  std::vector<RootKey> keys;
  keys.push_back(root_key_from(root));
  const std::string id = keys.front().id;
  const Keyring keyring(keys);
  CHECK(opaque_token_digest(keyring.mac_key(id, Purpose::kLookup),
                            "tka_7cMxemzhJjkW31yzTx5H07wJF2A2uBEOEec26ubYMsJ2co3KN") ==
        "2ada0e36d151181e0a71035deb7f4dd0b8094eb20a6241d37e2e0caa100d9daf");
}

}  // namespace
}  // namespace tokctl::crypto
