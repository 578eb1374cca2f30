#include "crypto/password.h"

#include <algorithm>
#include <atomic>
#include <catch2/catch.hpp>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "crypto/password_hash.h"

namespace tokctl::crypto {
namespace {

constexpr std::string_view kPrivateId = "0b1f5a3e-7d1c-4c55-9a53-2f1f0f6f4d11";
constexpr Argon2Cost kCheap = {1, 8192};

bool matches(PasswordScheme scheme, std::string_view hash, std::string_view password) {
  return PasswordHasher(kCheap).verify(scheme, SecretString(hash), kPrivateId,
                                       SecretString(password));
}

TEST_CASE("schemes have names, both ways") {
  for (const auto& [scheme, name] : {std::pair{PasswordScheme::kNone, "none"},
                                     {PasswordScheme::kV1, "v1"},
                                     {PasswordScheme::kArgon2, "argon2"},
                                     {PasswordScheme::kBcrypt, "bcrypt"},
                                     {PasswordScheme::kKit, "kit"}}) {
    CHECK(to_text(scheme) == name);
    CHECK(password_scheme_from(name) == scheme);
  }
  CHECK_FALSE(password_scheme_from("V1"));
}

TEST_CASE("a hash by default costs what the design says") {
  const PasswordHasher hasher;
  const SecretString hash = hasher.hash(SecretString("correct horse"), kPrivateId);
  CHECK(hash.reveal().starts_with("$argon2id$v=19$m=65536,t=3,p=1$"));
  CHECK(hash.reveal().find('\0') == std::string_view::npos);
  CHECK(hasher.verify(PasswordScheme::kV1, hash, kPrivateId, SecretString("correct horse")));
  CHECK_FALSE(hasher.verify(PasswordScheme::kV1, hash, kPrivateId, SecretString("correct horsf")));
  CHECK_FALSE(hasher.should_rehash(PasswordScheme::kV1, hash, SecretString("correct horse")));
}

TEST_CASE("a hash belongs to its password and its PrivateID") {
  const PasswordHasher hasher(kCheap);
  const SecretString hash = hasher.hash(SecretString("correct horse"), kPrivateId);
  const auto verify = [&](std::string_view private_id, std::string_view password) {
    return hasher.verify(PasswordScheme::kV1, hash, private_id, SecretString(password));
  };
  CHECK(verify(kPrivateId, "correct horse"));
  CHECK_FALSE(verify(kPrivateId, "correct horse "));
  CHECK_FALSE(verify(kPrivateId, "Correct horse"));
  CHECK_FALSE(verify(kPrivateId, ""));
  CHECK_FALSE(verify(kPrivateId, std::string_view("correct horse\0", 14)));
  CHECK_FALSE(verify("0b1f5a3e-7d1c-4c55-9a53-2f1f0f6f4d12", "correct horse"));
  CHECK_FALSE(verify("", "correct horse"));
}

TEST_CASE("a password counts to its last byte") {
  const PasswordHasher hasher(kCheap);
  const std::string longest(512, 'x');  // 128 characters of 4 bytes
  const SecretString hash = hasher.hash(SecretString(longest), kPrivateId);
  CHECK(hasher.verify(PasswordScheme::kV1, hash, kPrivateId, SecretString(longest)));
  CHECK_FALSE(
      hasher.verify(PasswordScheme::kV1, hash, kPrivateId, SecretString(longest.substr(1) + "y")));
}

TEST_CASE("the same password hashes differently every time") {
  const PasswordHasher hasher(kCheap);
  CHECK(hasher.hash(SecretString("x"), kPrivateId).reveal() !=
        hasher.hash(SecretString("x"), kPrivateId).reveal());
}

TEST_CASE("without a password nothing matches") {
  CHECK_FALSE(matches(PasswordScheme::kNone, "", ""));
  const SecretString hash = PasswordHasher(kCheap).hash(SecretString("x"), kPrivateId);
  CHECK_FALSE(matches(PasswordScheme::kNone, hash.reveal(), "x"));
}

// From the Argon2 reference implementation's test.c, version 0x13.
TEST_CASE("imported Argon2 hashes are checked over the password alone") {
  for (const std::string_view hash :
       {"$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
        "$argon2id$v=19$m=256,t=2,p=2$c29tZXNhbHQ$bQk8UB/VmZZF4Oo79iDXuL5/0ttZwg2f/5U52iv1cDc",
        "$argon2i$v=19$m=256,t=2,p=1$c29tZXNhbHQ$iekCn0Y3spW+sCcFanM2xBT63UP2sghkUoHLIUpWRS8",
        "$argon2i$v=19$m=256,t=2,p=2$c29tZXNhbHQ$T/XOJ2mh1/TIpJHfCdQan76Q5esCFVoT5MAeIM1Oq2E"}) {
    CAPTURE(hash);
    CHECK(recognise_hash(hash) == PasswordScheme::kArgon2);
    CHECK(matches(PasswordScheme::kArgon2, hash, "password"));
    CHECK_FALSE(matches(PasswordScheme::kArgon2, hash, "Password"));
    CHECK_FALSE(matches(PasswordScheme::kV1, hash, "password"));
    CHECK_FALSE(matches(PasswordScheme::kBcrypt, hash, "password"));
  }
}

TEST_CASE("imported bcrypt hashes are checked, under any of the prefixes") {
  for (const std::string prefix : {"$2a$", "$2b$", "$2y$"}) {
    CAPTURE(prefix);
    const std::string hash = prefix + "04$N9qo8uLOickgx2ZMRZoMye7lwnnKjdKULIb0Soe6BjJXxCPR1R3dC";
    CHECK(recognise_hash(hash) == PasswordScheme::kBcrypt);
    CHECK(matches(PasswordScheme::kBcrypt, hash, "correct horse"));
    CHECK_FALSE(matches(PasswordScheme::kBcrypt, hash, "correct horsf"));
    CHECK_FALSE(matches(PasswordScheme::kArgon2, hash, "correct horse"));
    CHECK_FALSE(matches(PasswordScheme::kKit, hash, "correct horse"));
  }
}

// Vectors of crypt_blowfish. libxcrypt's own $2a$ gives another hash for the second, Go's does not.
TEST_CASE("Go's $2a$ is checked as what it is for bytes above 127") {
  CHECK(matches(PasswordScheme::kBcrypt,
                "$2a$05$/OK.fbVrR/bpIqNJ5ianF.Sa7shbm4.OzKpvFnX1pQLmQW96oUlCq", "\xa3"));
  CHECK(matches(PasswordScheme::kBcrypt,
                "$2a$05$/OK.fbVrR/bpIqNJ5ianF.CE5elHaaO4EbggVDjb8P19RukzXSM3e", "\xff\xff\xa3"));
  CHECK_FALSE(matches(PasswordScheme::kBcrypt,
                      "$2a$05$/OK.fbVrR/bpIqNJ5ianF.nqd1wy.pTMdcvrRWxyiGL2eMz.2a85.",
                      "\xff\xff\xa3"));
}

TEST_CASE("bcrypt does not take a password that ends at a NUL for the part before it") {
  const char* hash = "$2a$04$N9qo8uLOickgx2ZMRZoMye7lwnnKjdKULIb0Soe6BjJXxCPR1R3dC";
  CHECK_FALSE(matches(PasswordScheme::kBcrypt, hash, std::string_view("correct horse\0x", 15)));
  CHECK_FALSE(matches(PasswordScheme::kBcrypt, hash, std::string_view("correct horse\0", 14)));
}

TEST_CASE("kit hashed PrivateID and password, of which 72 bytes count") {
  CHECK(matches(PasswordScheme::kKit,
                "$2a$05$N9qo8uLOickgx2ZMRZoMyeeUfeL4B1aDxahb6oEgAgzaKC9oNeyuS", "swordfish!"));
  CHECK_FALSE(matches(PasswordScheme::kBcrypt,
                      "$2a$05$N9qo8uLOickgx2ZMRZoMyeeUfeL4B1aDxahb6oEgAgzaKC9oNeyuS",
                      "swordfish!"));
  const char* hash = "$2a$05$N9qo8uLOickgx2ZMRZoMyeQCzHsrbNApat.tBDsGJApAuFV8XR8eG";
  CHECK(matches(PasswordScheme::kKit, hash, "correct horse battery staple 123456789"));
  CHECK(matches(PasswordScheme::kKit, hash, "correct horse battery staple 1234567XX"));
  CHECK_FALSE(matches(PasswordScheme::kKit, hash, "correct horse battery staple 123456X89"));
}

TEST_CASE("a hash is not replaced on the word of a prefix") {
  const PasswordHasher hasher(kCheap);
  const SecretString bcrypt("$2a$04$N9qo8uLOickgx2ZMRZoMye7lwnnKjdKULIb0Soe6BjJXxCPR1R3dC");
  const auto should = [&](PasswordScheme scheme, std::size_t size) {
    return hasher.should_rehash(scheme, bcrypt, SecretString(std::string(size, 'a')));
  };
  CHECK(should(PasswordScheme::kKit, 36));
  CHECK_FALSE(should(PasswordScheme::kKit, 37));
  CHECK(should(PasswordScheme::kBcrypt, 72));
  CHECK_FALSE(should(PasswordScheme::kBcrypt, 73));
  CHECK(should(PasswordScheme::kArgon2, 1000));
  CHECK_FALSE(should(PasswordScheme::kNone, 8));
}

TEST_CASE("a hash of another cost is replaced") {
  const SecretString password("correct horse");
  const PasswordHasher cheap(kCheap);
  const PasswordHasher dearer({2, 8192});
  const PasswordHasher larger({1, 16384});
  const SecretString hash = cheap.hash(password, kPrivateId);
  CHECK_FALSE(cheap.should_rehash(PasswordScheme::kV1, hash, password));
  CHECK(dearer.should_rehash(PasswordScheme::kV1, hash, password));
  CHECK(larger.should_rehash(PasswordScheme::kV1, hash, password));
  CHECK(dearer.verify(PasswordScheme::kV1, hash, kPrivateId, password));
}

TEST_CASE("costs have bounds") {
  CHECK_THROWS_AS(PasswordHasher({0, 8192}), std::invalid_argument);
  CHECK_THROWS_AS(PasswordHasher({11, 8192}), std::invalid_argument);
  CHECK_THROWS_AS(PasswordHasher({1, 8191}), std::invalid_argument);
  CHECK_THROWS_AS(PasswordHasher({1, (256U << 20) + 1}), std::invalid_argument);
}

TEST_CASE("Argon2 strings are taken apart, within bounds") {
  const auto parse = [](std::string_view parameters) {
    return parse_argon2("$argon2id$v=19$" + std::string(parameters) +
                        "$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4");
  };
  const auto parsed = parse("m=65536,t=3,p=4");
  REQUIRE(parsed);
  CHECK(parsed->id);
  CHECK(parsed->memory == 65536);
  CHECK(parsed->passes == 3);
  CHECK(parsed->lanes == 4);
  CHECK(parse("m=262144,t=10,p=4"));
  CHECK(parse("m=8,t=1,p=1"));
  CHECK(parse("m=32,t=1,p=4"));
  for (const char* bad : {"m=262145,t=1,p=1",
                          "m=8,t=11,p=1",
                          "m=64,t=1,p=5",
                          "m=7,t=1,p=1",
                          "m=31,t=1,p=4",
                          "m=8,t=0,p=1",
                          "m=8,t=1,p=0",
                          "m=0,t=1,p=1",
                          "m=08,t=1,p=1",
                          "m=+8,t=1,p=1",
                          "m=-8,t=1,p=1",
                          "m=8 ,t=1,p=1",
                          "m=8,t=1",
                          "m=8,p=1,t=1",
                          "t=1,m=8,p=1",
                          "m=8,t=1,p=1,x=1",
                          "m=4294967304,t=1,p=1",
                          "m=8,t=4294967297,p=1",
                          "m=,t=1,p=1",
                          "",
                          "m=0x10,t=1,p=1"}) {
    CAPTURE(bad);
    CHECK_FALSE(parse(bad));
  }
}

TEST_CASE("Argon2 strings have one spelling") {
  const std::string good =
      "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4";
  REQUIRE(parse_argon2(good));
  const auto with = [&](std::string_view from, std::string_view to) {
    std::string text = good;
    return text.replace(text.find(from), from.size(), to);
  };
  for (const std::string& bad : {with("argon2id", "argon2d"),
                                 with("argon2id", "Argon2id"),
                                 with("v=19", "v=16"),
                                 with("v=19$", ""),
                                 with("c29tZXNhbHQ", "c29tZXNhbHR"),
                                 with("c29tZXNhbHQ", "c29tZXNhbHQ="),
                                 with("c29tZXNhbHQ", ""),
                                 with("c29tZXNhbHQ", "c29tZXM"),
                                 with("c29tZXNhbHQ", "c29t-XNhbHQ"),
                                 with("i/4", "i/5"),
                                 with("i/4", "i/4="),
                                 good + "$",
                                 good + " ",
                                 good + "\n",
                                 good + std::string(1, '\0'),
                                 good.substr(1),
                                 good.substr(0, good.rfind('$')),
                                 good.substr(0, good.rfind('$') + 1),
                                 with("$nf65", "$" + std::string(60, 'A') + "nf65"),
                                 std::string(100000, '$')}) {
    CAPTURE(bad);
    CHECK_FALSE(parse_argon2(bad));
    CHECK_FALSE(matches(PasswordScheme::kArgon2, bad, "password"));
  }
}

TEST_CASE("bcrypt strings have one spelling, and a cost within bounds") {
  const std::string good = "$2a$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy";
  REQUIRE(is_bcrypt(good));
  const auto with = [&](std::size_t at, std::string_view text) {
    std::string changed = good;
    return changed.replace(at, text.size(), text);
  };
  for (const char* cost : {"04", "09", "12"}) CHECK(is_bcrypt(with(4, cost)));
  for (const std::string& bad : {with(4, "03"),
                                 with(4, "13"),
                                 with(4, "31"),
                                 with(4, "00"),
                                 with(4, "1:"),
                                 with(4, "0:"),
                                 with(4, " 4"),
                                 with(4, "0/"),
                                 with(4, "+4"),
                                 with(6, "/"),
                                 with(1, "1a"),
                                 with(1, "2x"),
                                 with(1, "2A"),
                                 with(0, "?"),
                                 with(3, "?"),
                                 with(7, "$"),
                                 with(7, "+"),
                                 with(59, "="),
                                 with(28, "f"),  // the salt's last character carries 2 bits
                                 with(59, "z"),  // the hash's last character carries 4
                                 good + "y",
                                 good.substr(0, 59),
                                 std::string(),
                                 std::string("$2$"),
                                 good.substr(0, 59) + std::string(1, '\0')}) {
    CAPTURE(bad);
    CHECK_FALSE(is_bcrypt(bad));
    CHECK_FALSE(recognise_hash(bad));
    CHECK_FALSE(matches(PasswordScheme::kBcrypt, bad, "password"));
  }
}

TEST_CASE("an empty password is like any other") {
  const PasswordHasher hasher(kCheap);
  const SecretString none;
  CHECK(hasher.verify(PasswordScheme::kV1, hasher.hash(none, ""), "", none));
  CHECK_FALSE(matches(PasswordScheme::kArgon2,
                      "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/"
                      "uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
                      ""));
  CHECK_FALSE(matches(PasswordScheme::kBcrypt,
                      "$2a$04$N9qo8uLOickgx2ZMRZoMye7lwnnKjdKULIb0Soe6BjJXxCPR1R3dC", ""));
}

TEST_CASE("the tag of a password is of the hash as it was set") {
  const auto tag = password_tag(SecretString("abc"));
  CHECK(hex_encode(tag) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST_CASE("many threads may check passwords") {
  const PasswordHasher hasher(kCheap);
  const SecretString hash = hasher.hash(SecretString("correct horse"), kPrivateId);
  std::atomic<int> right = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 12; ++i) {
    threads.emplace_back([&] {
      for (int round = 0; round < 20; ++round) {
        right +=
            hasher.verify(PasswordScheme::kV1, hash, kPrivateId, SecretString("correct horse"));
      }
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(right == 240);
}

}  // namespace
}  // namespace tokctl::crypto
