#include "crypto/seal.h"

#include <catch2/catch.hpp>
#include <string>

#include "support/error.h"
#include "support/hex.h"
#include "support/random.h"

namespace tokctl::crypto {
namespace {

using testing::CountingRandom;
using testing::error_of;

constexpr std::string_view kId = "4703aad12db370ce";
constexpr Address kPlace = {"users", "6dcda2da-92c3-41e5-8994-feff819cdc9f", "password"};

Keyring keyring_of(std::initializer_list<std::uint8_t> firsts) {
  std::vector<RootKey> keys;
  for (const std::uint8_t first : firsts) {
    CountingRandom random(first);
    keys.push_back(make_root_key(random));
  }
  return Keyring(keys);
}

std::string sealed_hello(const Keyring& keyring) {
  CountingRandom random(0x40);
  return seal(keyring, kId, "hello", kPlace, random);
}

std::string why_not(const Keyring& keyring, std::string_view sealed,
                    const Address& place = kPlace) {
  const Error error = error_of([&] { unseal(keyring, sealed, place); });
  CHECK(error.code() == Code::kIntegrity);
  return error.id();
}

// Computed with Python's hmac and cryptography.
TEST_CASE("a sealed value has a known answer") {
  const Keyring keyring = keyring_of({0});
  const std::string sealed =
      "AUcDqtEts3DOQEFCQ0RFRkdISUpLTE1OT1BRUlNUVVZXWFlaW1xdXl9gYWJjZGVmZ2hpamsWrofAv50hmK5ol0K12OOK"
      "2/OUtQU=";
  CHECK(sealed_hello(keyring) == sealed);
  CHECK(unseal(keyring, sealed, kPlace).reveal() == "hello");
}

TEST_CASE("anything seals, and never twice to the same") {
  const Keyring keyring = keyring_of({0});
  SystemRandom random;
  for (const std::string& text :
       {std::string(), std::string("a\0b", 3), std::string(100000, 'x')}) {
    const std::string first = seal(keyring, kId, text, kPlace, random);
    const std::string second = seal(keyring, kId, text, kPlace, random);
    CHECK(first != second);
    CHECK(unseal(keyring, first, kPlace).reveal() == text);
    CHECK(unseal(keyring, second, kPlace).reveal() == text);
  }
}

TEST_CASE("a sealed value opens nowhere else") {
  const Keyring keyring = keyring_of({0});
  const std::string sealed = sealed_hello(keyring);
  const auto [table, key, column, bound] = kPlace;
  const std::string shifted = std::string(table) + std::string(key.substr(0, 1));
  for (const Address& place :
       {Address{"user", key, column}, Address{"jwks", key, column},
        Address{table, "6dcda2da-92c3-41e5-8994-feff819cdc9e", column}, Address{table, "", column},
        Address{table, key, "email"}, Address{"", "", ""}, Address{key, table, column},
        Address{shifted, key.substr(1), column}, Address{table, "userspassword", ""}}) {
    CHECK(why_not(keyring, sealed, place) == "seal.broken");
  }
}

TEST_CASE("a sealed value opens only beside what it is bound to") {
  const Keyring keyring = keyring_of({0});
  CHECK(bind({"ab", ""}) == std::string("\0\0\0\2ab\0\0\0\0", 10));
  SystemRandom random;
  const auto beside = [](std::string_view bound) {
    Address place = kPlace;
    place.bound = bound;
    return place;
  };
  const std::string bound = bind({"alice", "salla", ""});
  const std::string sealed = seal(keyring, kId, "hello", beside(bound), random);
  CHECK(unseal(keyring, sealed, beside(bound)).reveal() == "hello");
  CHECK(why_not(keyring, sealed) == "seal.broken");
  for (const std::string& other :
       {bind({"mallory", "salla", ""}), bind({"alice", "salla"}), bind({"alice", "", "salla"}),
        bind({"alic", "esalla", ""}), bind({"alice", "salla", "", ""})}) {
    CHECK(why_not(keyring, sealed, beside(other)) == "seal.broken");
  }
}

TEST_CASE("a sealed value with any bit flipped does not open") {
  // Both keys are held, so that an edited key id can lead to a key as well as to none.
  const Keyring keyring = keyring_of({0, 0x80});
  const Bytes good = *base64_decode(sealed_hello(keyring));
  for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
    Bytes bad = good;
    bad[bit / 8] = static_cast<std::uint8_t>(bad[bit / 8] ^ (1U << bit % 8));
    CAPTURE(bit);
    const bool in_key_id = bit / 8 >= 1 && bit / 8 < 9;
    CHECK(why_not(keyring, base64_encode(bad)) == (in_key_id ? "key.missing" : "seal.broken"));
  }
}

TEST_CASE("a sealed value with another held key's id does not open") {
  const Keyring keyring = keyring_of({0, 0x80});
  Bytes bytes = *base64_decode(sealed_hello(keyring));
  const Bytes other = testing::hex(keyring.ids()[1]);
  std::ranges::copy(other, bytes.begin() + 1);
  CHECK(why_not(keyring, base64_encode(bytes)) == "seal.broken");
}

TEST_CASE("a sealed value cut or lengthened does not open") {
  const Keyring keyring = keyring_of({0});
  const Bytes good = *base64_decode(sealed_hello(keyring));
  for (std::size_t size = 0; size < good.size(); ++size) {
    CHECK(why_not(keyring, base64_encode(Bytes(
                               good.begin(), good.begin() + static_cast<std::ptrdiff_t>(size)))) ==
          "seal.broken");
  }
  Bytes longer = good;
  longer.push_back(0);
  CHECK(why_not(keyring, base64_encode(longer)) == "seal.broken");
}

TEST_CASE("a sealed value is canonical base64") {
  const Keyring keyring = keyring_of({0});
  const std::string sealed = sealed_hello(keyring);
  for (const std::string& text :
       {sealed + "\n", " " + sealed, sealed.substr(0, sealed.size() - 1), sealed + "=",
        "x" + sealed, std::string("-") + sealed.substr(1), std::string(), std::string("hello")}) {
    CAPTURE(text);
    CHECK(why_not(keyring, text) == "seal.broken");
  }
}

TEST_CASE("a value sealed under a key that is not here names it") {
  const std::string sealed = sealed_hello(keyring_of({0}));
  const Error error = error_of([&] { unseal(keyring_of({0x80}), sealed, kPlace); });
  CHECK(error.id() == "key.missing");
  CHECK(error.message().find(kId) != std::string::npos);
}

TEST_CASE("sealing under a key that is not here is an error") {
  CountingRandom random;
  for (const std::string_view id : {"0123456789abcdef", "", "xyz", "4703aad12db370ce00"}) {
    CHECK(error_of([&] { seal(keyring_of({0}), id, "x", kPlace, random); }).id() == "key.missing");
  }
}

TEST_CASE("a value that does not open is named by its place") {
  const Error error =
      error_of([] { unseal(keyring_of({0}), "x", {"oauth_grants", "a\nb", "token"}); });
  CHECK(error.message() == "the sealed token of a\\x0ab in oauth_grants does not open");
}

}  // namespace
}  // namespace tokctl::crypto
