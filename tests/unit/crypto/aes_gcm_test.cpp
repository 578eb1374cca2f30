#include "crypto/aes_gcm.h"

#include <catch2/catch.hpp>
#include <stdexcept>
#include <thread>
#include <vector>

#include "support/hex.h"

namespace tokctl::crypto {
namespace {

using testing::hex;

TEST_CASE("AES-256-GCM agrees with the GCM specification's test cases 13 to 16") {
  const Bytes zero_key(32);
  const Bytes zero_nonce(12);
  CHECK(hex_encode(aes_gcm_encrypt(zero_key, zero_nonce, {}, {})) ==
        "530f8afbc74536b9a963b4f1c4cb738b");
  CHECK(hex_encode(aes_gcm_encrypt(zero_key, zero_nonce, {}, Bytes(16))) ==
        "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919");

  const Bytes key = hex("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308");
  const Bytes nonce = hex("cafebabefacedbaddecaf888");
  const Bytes text = hex(
      "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6"
      "b525b16aedf5aa0de657ba637b39");
  const Bytes additional = hex("feedfacedeadbeeffeedfacedeadbeefabaddad2");
  CHECK(hex_encode(aes_gcm_encrypt(key, nonce, additional, text)) ==
        "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056"
        "828838c5f61e6393ba7a0abcc9f66276fc6ece0f4e1768cddf8853bb2d551b");
}

TEST_CASE("what was encrypted opens, of every length") {
  const Bytes key(32, 1);
  const Bytes nonce(12, 2);
  for (const std::size_t size : {0U, 1U, 15U, 16U, 17U, 1000U, 1000000U}) {
    const Bytes text(size, 3);
    const auto opened = aes_gcm_decrypt(key, nonce, {}, aes_gcm_encrypt(key, nonce, {}, text));
    REQUIRE(opened);
    CHECK(opened->reveal() == as_text(text));
  }
}

TEST_CASE("too short for a tag is nothing") {
  for (std::size_t size = 0; size < kGcmTagSize; ++size) {
    CHECK_FALSE(aes_gcm_decrypt(Bytes(32), Bytes(12), {}, Bytes(size)));
  }
}

TEST_CASE("keys and nonces are of one size") {
  for (const std::size_t size : {0U, 16U, 24U, 31U, 33U}) {
    CHECK_THROWS_AS(aes_gcm_encrypt(Bytes(size), Bytes(12), {}, {}), std::invalid_argument);
  }
  for (const std::size_t size : {0U, 8U, 11U, 13U, 16U}) {
    CHECK_THROWS_AS(aes_gcm_encrypt(Bytes(32), Bytes(size), {}, {}), std::invalid_argument);
    CHECK_THROWS_AS(aes_gcm_decrypt(Bytes(32), Bytes(size), {}, Bytes(16)), std::invalid_argument);
  }
}

TEST_CASE("many threads may encrypt") {
  std::vector<std::thread> threads;
  std::vector<Bytes> results(8);
  for (Bytes& result : results) {
    threads.emplace_back([&result] {
      for (int i = 0; i < 100; ++i) result = aes_gcm_encrypt(Bytes(32), Bytes(12), {}, Bytes(16));
    });
  }
  for (auto& thread : threads) thread.join();
  for (const Bytes& result : results) CHECK(result == results.front());
}

}  // namespace
}  // namespace tokctl::crypto
