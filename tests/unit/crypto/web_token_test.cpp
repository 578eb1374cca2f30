#include "crypto/web_token.h"

#include <catch2/catch.hpp>
#include <numeric>
#include <set>
#include <string>

#include "crypto/keyring.h"
#include "model/web_token.h"
#include "support/random.h"

namespace tokctl::crypto {
namespace {

constexpr std::string_view kSessionId = "3f2504e0-4f89-41d3-9a0c-0305e82c3301";
constexpr std::string_view kPublicId = "6dcda2da-92c3-41e5-8994-feff819cdc9f";
constexpr std::string_view kPrivateId = "0b1f5a3e-7d1c-4c55-9a53-2f1f0f6f4d11";
constexpr std::string_view kEmail = "bill@ardanlabs.com";
constexpr std::string_view kBcrypt = "$2a$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy";

Keyring known_keyring(std::uint8_t first = 0) {
  testing::CountingRandom random(first);
  std::vector<RootKey> keys;
  keys.push_back(make_root_key(random));
  return Keyring(std::move(keys));
}

WebTokenFields known_fields() {
  WebTokenFields fields{kSessionId, kPublicId, kPrivateId, kEmail, {}};
  std::iota(fields.password_tag.begin(), fields.password_tag.end(), std::uint8_t{0x20});
  return fields;
}

Digest derive(const Keyring& keyring, const WebTokenFields& fields) {
  return derive_web_token(keyring.mac_key(keyring.ids().front(), Purpose::kWebToken), fields);
}

TEST_CASE("a web token has a known answer") {
  const Digest token = derive(known_keyring(), known_fields());
  CHECK(
      format_web_token(kSessionId, token).reveal() ==
      "M2YyNTA0ZTAtNGY4OS00MWQzLTlhMGMtMDMwNWU4MmMzMzAxOlJtNW90eUlPQ1BKRVByR2FyeG1MVzVUTDVmZUlwTzh0"
      "VGlLeWlUbm5JYUU9");
}

TEST_CASE("a web token is bound to every field, and to the root key") {
  const Keyring keyring = known_keyring();
  std::set<Digest> tokens = {derive(keyring, known_fields())};
  WebTokenFields fields = known_fields();
  const auto changed = [&](auto& field, const auto& value) {
    const auto before = field;
    field = value;
    tokens.insert(derive(keyring, fields));
    field = before;
  };
  changed(fields.session_id, "3f2504e0-4f89-41d3-9a0c-0305e82c3302");
  changed(fields.public_id, "6dcda2da-92c3-41e5-8994-feff819cdc9e");
  changed(fields.private_id, "0b1f5a3e-7d1c-4c55-9a53-2f1f0f6f4d12");
  changed(fields.email, "bill@ardanlabs.con");
  changed(fields.email, "");
  for (std::size_t bit = 0; bit < 256; ++bit) {
    Digest tag = fields.password_tag;
    tag[bit / 8] = static_cast<std::uint8_t>(tag[bit / 8] ^ (1U << bit % 8));
    changed(fields.password_tag, tag);
  }
  // Two fields that trade places.
  std::swap(fields.public_id, fields.private_id);
  tokens.insert(derive(keyring, fields));
  tokens.insert(derive(known_keyring(1), known_fields()));
  CHECK(tokens.size() == 1 + 5 + 256 + 1 + 1);
}

TEST_CASE("a kit token has a known answer") {
  const Digest token = derive_kit_token(SecretString(kBcrypt), kPublicId, kPrivateId, kEmail);
  CHECK(
      format_web_token(kSessionId, token).reveal() ==
      "M2YyNTA0ZTAtNGY4OS00MWQzLTlhMGMtMDMwNWU4MmMzMzAxOnM1L01Bc2g2QTRJZ2lVT2pEbm55OCsrR0lxVWNPWC9G"
      "WG9rR05zQUxKejA9");
}

TEST_CASE("a kit token is bound to all that kit bound it to") {
  std::set<Digest> tokens;
  const auto add = [&](std::string_view bcrypt, std::string_view public_id,
                       std::string_view private_id, std::string_view email) {
    tokens.insert(derive_kit_token(SecretString(bcrypt), public_id, private_id, email));
  };
  std::string other(kBcrypt);
  other.back() = 'u';
  add(kBcrypt, kPublicId, kPrivateId, kEmail);
  add(other, kPublicId, kPrivateId, kEmail);
  add(kBcrypt, kPrivateId, kPublicId, kEmail);
  add(kBcrypt, kPublicId, kPublicId, kEmail);
  add(kBcrypt, kPublicId, kPrivateId, "Bill@ardanlabs.com");
  CHECK(tokens.size() == 5);
}

}  // namespace
}  // namespace tokctl::crypto
