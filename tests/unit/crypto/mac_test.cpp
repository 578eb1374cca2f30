#include "crypto/mac.h"

#include <catch2/catch.hpp>
#include <stdexcept>
#include <string>
#include <type_traits>

#include "crypto/length_prefix.h"
#include "support/hex.h"

namespace tokctl::crypto {
namespace {

using testing::hex;

std::string mac_of(std::span<const std::uint8_t> key, std::span<const std::uint8_t> data) {
  return hex_encode(Mac(MacKey(key)).add(data).finish());
}

static_assert(!std::is_copy_constructible_v<MacKey> && !std::is_copy_constructible_v<Mac>);

TEST_CASE("SHA-256 agrees with FIPS 180-4's examples") {
  CHECK(hex_encode(sha256("")) ==
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(hex_encode(sha256("abc")) ==
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST_CASE("SHA-256 in pieces is SHA-256 of the whole") {
  CHECK(Sha256().add("a").add("").add("bc").finish() == sha256("abc"));
  CHECK(Sha256().finish() == sha256(""));
  CHECK(Sha256().add("ab").add_lp("abc").finish() == sha256(std::string_view("ab\0\0\0\3abc", 9)));
}

TEST_CASE("HMAC-SHA256 agrees with RFC 4231 section 4") {
  CHECK(mac_of(Bytes(20, 0x0b), as_bytes("Hi There")) ==
        "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  CHECK(mac_of(as_bytes("Jefe"), as_bytes("what do ya want for nothing?")) ==
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  CHECK(mac_of(Bytes(20, 0xaa), Bytes(50, 0xdd)) ==
        "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe");
  CHECK(mac_of(hex("0102030405060708090a0b0c0d0e0f10111213141516171819"), Bytes(50, 0xcd)) ==
        "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b");
  CHECK(mac_of(Bytes(20, 0x0c), as_bytes("Test With Truncation")).substr(0, 32) ==
        "a3b6167473100ee06e0c796c2955552b");
  CHECK(mac_of(Bytes(131, 0xaa),
               as_bytes("Test Using Larger Than Block-Size Key - Hash Key First")) ==
        "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
  CHECK(mac_of(Bytes(131, 0xaa),
               as_bytes("This is a test using a larger than block-size key and a larger than "
                        "block-size data. The key needs to be hashed before being used by the "
                        "HMAC algorithm.")) ==
        "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2");
}

TEST_CASE("a MAC key serves many MACs, in pieces of any size") {
  const MacKey key(as_bytes("Jefe"));
  const std::string whole = "what do ya want for nothing?";
  const Digest expected = Mac(key).add(whole).finish();
  for (std::size_t cut = 0; cut <= whole.size(); ++cut) {
    CHECK(Mac(key).add(whole.substr(0, cut)).add(whole.substr(cut)).finish() == expected);
  }
  MacKey from(as_bytes("Jefe"));
  const MacKey moved(std::move(from));
  CHECK(Mac(moved).add(whole).finish() == expected);
}

// Computed with Python's hmac.
TEST_CASE("a key as long as SHA-256's block is taken as it is") {
  Bytes key(64);
  for (std::size_t i = 0; i < key.size(); ++i) key[i] = static_cast<std::uint8_t>(i);
  CHECK(mac_of(key, as_bytes("message")) ==
        "eb97f15211c02e38e3213edb045e8301601867c1cd49df01c687eb04f8909e98");
}

TEST_CASE("nothing at all can be authenticated") {
  CHECK(mac_of({}, {}) == "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

TEST_CASE("length prefixes are four bytes, big-endian") {
  CHECK(hex_encode(length_prefix(0)) == "00000000");
  CHECK(hex_encode(length_prefix(0x01020304)) == "01020304");
  CHECK(hex_encode(length_prefix(0xFFFFFFFF)) == "ffffffff");
  CHECK_THROWS_AS(length_prefix(0x100000000), std::length_error);
}

TEST_CASE("fields with their lengths cannot run into each other") {
  const MacKey key(as_bytes("key"));
  const auto two = [&](std::string_view a, std::string_view b) {
    return Mac(key).add_lp(a).add_lp(b).finish();
  };
  CHECK(two("ab", "c") != two("a", "bc"));
  CHECK(two("", "abc") != two("abc", ""));
  CHECK(two("a", "b") == Mac(key).add(std::string_view("\0\0\0\1a\0\0\0\1b", 10)).finish());
}

TEST_CASE("HKDF-SHA256 agrees with RFC 5869 appendix A") {
  const auto text = [](std::string_view bytes) { return std::string(as_text(hex(bytes))); };
  // A.1
  CHECK(hex_encode(hkdf_sha256(Bytes(22, 0x0b), hex("000102030405060708090a0b0c"),
                               text("f0f1f2f3f4f5f6f7f8f9"), 42)
                       .reveal()) ==
        "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865");
  // A.2
  Bytes key, salt, info;
  for (int i = 0; i < 80; ++i) {
    key.push_back(static_cast<std::uint8_t>(i));
    salt.push_back(static_cast<std::uint8_t>(0x60 + i));
    info.push_back(static_cast<std::uint8_t>(0xb0 + i));
  }
  CHECK(hex_encode(hkdf_sha256(key, salt, as_text(info), 82).reveal()) ==
        "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c6"
        "5e590e09da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87");
  // A.3
  CHECK(hex_encode(hkdf_sha256(Bytes(22, 0x0b), {}, "", 42).reveal()) ==
        "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8");
}

TEST_CASE("an empty salt is 32 zero bytes") {
  CHECK(constant_time_equal(hkdf_sha256(Bytes(32, 1), {}, "x", 32).reveal(),
                            hkdf_sha256(Bytes(32, 1), Bytes(32, 0), "x", 32).reveal()));
}

TEST_CASE("HKDF gives any length up to 255 blocks") {
  const auto longest = hkdf_sha256(Bytes(32, 1), {}, "x", 255 * 32);
  for (const std::size_t size : {0U, 1U, 31U, 32U, 33U, 64U, 8159U}) {
    const auto output = hkdf_sha256(Bytes(32, 1), {}, "x", size);
    CHECK(output.size() == size);
    CHECK(constant_time_equal(output.reveal(), longest.reveal().first(size)));
  }
  CHECK_THROWS_AS(hkdf_sha256(Bytes(32, 1), {}, "x", 255 * 32 + 1), std::invalid_argument);
}

}  // namespace
}  // namespace tokctl::crypto
