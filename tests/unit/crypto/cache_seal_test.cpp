#include "crypto/cache_seal.h"

#include <catch2/catch.hpp>

namespace tokctl::crypto {
namespace {

TEST_CASE("cache seal: opens at its address, under its key, whole, and in no other way") {
  SystemRandom random;
  std::vector<RootKey> keys;
  keys.push_back(make_root_key(random));
  keys.push_back(make_root_key(random));
  const std::string id = keys.back().id;
  const Keyring keyring(keys);
  const std::string sealed = seal_for_cache(keyring, id, "a verdict", "tokctl:token:1", random);
  CHECK(open_from_cache(keyring, sealed, "tokctl:token:1") == "a verdict");
  CHECK(seal_for_cache(keyring, id, "a verdict", "tokctl:token:1", random) != sealed);
  CHECK(sealed.find("verdict") == std::string::npos);
  CHECK(open_from_cache(keyring, seal_for_cache(keyring, id, "", "", random), "") == "");

  CHECK_FALSE(open_from_cache(keyring, sealed, "tokctl:token:2"));
  CHECK_FALSE(open_from_cache(keyring, sealed, ""));
  for (std::size_t at = 0; at < sealed.size(); ++at) {
    std::string changed = sealed;
    changed[at] = static_cast<char>(changed[at] ^ 1);
    CHECK_FALSE(open_from_cache(keyring, changed, "tokctl:token:1"));
    CHECK_FALSE(open_from_cache(keyring, sealed.substr(0, at), "tokctl:token:1"));
  }
  CHECK_FALSE(open_from_cache(keyring, sealed + "x", "tokctl:token:1"));
  std::vector<RootKey> others;
  others.push_back(make_root_key(random));
  CHECK_FALSE(open_from_cache(Keyring(others), sealed, "tokctl:token:1"));
}

}  // namespace
}  // namespace tokctl::crypto
